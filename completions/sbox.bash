# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2207
# bash completion of sbox: subcommands, options, profile names; after the command, that command's own.

_sbox_profiles() {
	local dir
	for dir in "${XDG_CONFIG_HOME:-$HOME/.config}/sbox/profiles" /etc/sbox/profiles /usr/local/share/sbox/profiles \
		/usr/share/sbox/profiles; do
		[ -d "$dir" ] && find "$dir" -maxdepth 1 -name '*.ini' -printf '%f\n' 2> /dev/null
	done | sed 's/\.ini$//' | sort -u
}

_sbox() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word i sub=run
	local subcommands='run explain check profiles doctor diff apply discard help'
	local options='--profile= --ro= --rw= --hide= --overlay= --net= --env= --cwd= --home= --tty= --set= --report --report= --dry-run --verbose --quiet --help --version'
	COMPREPLY=()
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		run | explain | check | profiles | doctor | diff | apply | discard | help) [ "$i" = 1 ] && sub=$word && continue ;;
		--)
			_command_offset $((i + 1)) 2> /dev/null
			return
			;;
		--profile | --ro | --rw | --hide | --overlay | --net | --env | --cwd | --home | --tty | --set | --path | --syscall | --host)
			[ "${COMP_WORDS[i + 1]:-}" = = ] && i=$((i + 1))
			i=$((i + 1))
			continue
			;;
		-*) continue ;;
		esac
		case $sub in
		run | explain)
			_command_offset "$i" 2> /dev/null
			return
			;;
		esac
	done
	case $prev in
	--profile | -p) COMPREPLY=($(compgen -W "$(_sbox_profiles)" -- "$cur")) ;;
	--ro | --rw | --hide | --overlay | --path) COMPREPLY=($(compgen -f -- "$cur")) ;;
	--net) COMPREPLY=($(compgen -W 'none host' -- "$cur")) ;;
	--cwd) COMPREPLY=($(compgen -W 'none ro rw overlay' -- "$cur")) ;;
	--home) COMPREPLY=($(compgen -W 'ephemeral private host-ro host' -- "$cur")) ;;
	--tty) COMPREPLY=($(compgen -W 'private inherit none' -- "$cur")) ;;
	--env) COMPREPLY=($(compgen -v -- "$cur")) ;;
	*)
		case $sub in
		check) [[ $cur == -* ]] && options='--json --run --verbose' ||
			COMPREPLY=($(compgen -W "$(_sbox_profiles)" -- "$cur") $(compgen -f -X '!*.ini' -- "$cur")) ;;
		explain) options="$options --json --steps --syscalls --path= --syscall= --host=" ;;
		esac
		case $cur in
		-*) COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;
		*)
			[ "$COMP_CWORD" = 1 ] && COMPREPLY+=($(compgen -W "$subcommands" -- "$cur"))
			case $sub in
			run | explain) COMPREPLY+=($(compgen -c -- "$cur")) ;;
			esac
			;;
		esac
		;;
	esac
	case ${COMPREPLY[0]:-} in
	*=) compopt -o nospace ;;
	esac
}
complete -F _sbox sbox

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2207
# bash completion of sbox.  What there is to complete, sbox itself says: sbox help --complete.

_sbox() {
	local line=${COMP_LINE:0:COMP_POINT} cur=${COMP_WORDS[COMP_CWORD]} words reply word
	# Not COMP_WORDS: those are split at = and : too.
	read -ra words <<< "$line"
	[[ $line != *[[:blank:]] ]] || words+=("")
	local last=${words[-1]} drop=
	# bash replaces what stands behind the last = or : alone.
	[[ $last != *[=:]* || $COMP_WORDBREAKS != *=* ]] || drop=${last%"${last##*[=:]}"}
	COMPREPLY=()
	while IFS= read -r reply; do
		word=${reply%%$'\t'*}
		case $reply in
		:files) compopt -o filenames && COMPREPLY+=($(compgen -f -- "${last#"$drop"}")) ;;
		:commands) COMPREPLY+=($(compgen -c -- "$cur")) ;;
		:variables) COMPREPLY+=($(compgen -e -- "${last#"$drop"}")) ;;
		:rest*)
			_command_offset $((COMP_CWORD - ${#words[@]} + 2 + ${reply#:rest })) 2> /dev/null
			return
			;;
		*)
			COMPREPLY+=("${word#"$drop"}")
			[[ $word != *= ]] || compopt -o nospace
			;;
		esac
	done < <("${words[0]}" help --complete "${words[@]:1}" 2> /dev/null)
}
complete -F _sbox sbox

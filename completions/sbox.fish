# SPDX-License-Identifier: MIT
# fish completion of sbox: subcommands, options, profile names; after the command, that command's own.

function __sbox_profiles
    set -l config $XDG_CONFIG_HOME
    test -n "$config"; or set config ~/.config
    for dir in $config/sbox/profiles /etc/sbox/profiles /usr/local/share/sbox/profiles /usr/share/sbox/profiles
        for file in $dir/*.ini
            string replace -r '.*/(.*)\.ini$' '$1' -- $file
        end
    end
end

complete -c sbox -f
complete -c sbox -n __fish_is_first_token -a run -d 'run a command in a sandbox'
complete -c sbox -n __fish_is_first_token -a explain -d 'show the plan and the lines that decided'
complete -c sbox -n __fish_is_first_token -a check -d 'show every problem of profiles'
complete -c sbox -n __fish_is_first_token -a profiles -d 'names, origins and descriptions of profiles'
complete -c sbox -n __fish_is_first_token -a doctor -d 'what this machine can do, and the remedies'
complete -c sbox -n __fish_is_first_token -a help -d 'how to use sbox'
complete -c sbox -n "not __fish_seen_subcommand_from check profiles doctor help" -a '(__fish_complete_subcommand)'
complete -c sbox -n "__fish_seen_subcommand_from check" -a '(__sbox_profiles)'

complete -c sbox -s p -l profile -x -a '(__sbox_profiles)' -d 'the profile, by name or path'
complete -c sbox -l ro -r -F -d 'make a path visible read-only'
complete -c sbox -l rw -r -F -d 'make a path visible read-write'
complete -c sbox -l overlay -r -F -d 'keep changes of a directory apart'
complete -c sbox -l hide -r -F -d 'mask a path'
complete -c sbox -l net -x -a 'none host' -d 'the network'
complete -c sbox -l env -x -a '(set -xn)' -d 'pass a variable, or set it'
complete -c sbox -l cwd -x -a 'none ro rw overlay' -d 'the current directory'
complete -c sbox -l home -x -a 'ephemeral private host-ro host' -d 'the home directory'
complete -c sbox -l report -d 'say what was denied, and why'
complete -c sbox -l tty -x -a 'private inherit none' -d 'the terminal'
complete -c sbox -l set -x -d 'any key of a profile: SECTION.KEY=VALUE'
complete -c sbox -l dry-run -d 'explain instead of running'
complete -c sbox -s v -l verbose -d 'say at the end how it went'
complete -c sbox -s q -l quiet -d 'no warnings'
complete -c sbox -s h -l help -d 'the options'
complete -c sbox -l version -d 'the version'
complete -c sbox -n "__fish_seen_subcommand_from check" -l json -d 'as JSON'
complete -c sbox -n "__fish_seen_subcommand_from check" -l run -d 'try what stands in [test]'
complete -c sbox -n "__fish_seen_subcommand_from explain" -l json -d 'as JSON'
complete -c sbox -n "__fish_seen_subcommand_from explain" -l steps -d 'the launch, step by step'
complete -c sbox -n "__fish_seen_subcommand_from explain" -l syscalls -d 'groups, members, verdicts'
complete -c sbox -n "__fish_seen_subcommand_from explain" -l path -r -F -d 'is it visible?'
complete -c sbox -n "__fish_seen_subcommand_from explain" -l syscall -x -d 'does it work?'
complete -c sbox -n "__fish_seen_subcommand_from explain" -l host -x -d 'can it be reached?'

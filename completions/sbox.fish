# SPDX-License-Identifier: MIT
# fish completion of sbox.  What there is to complete, sbox itself says: sbox help --complete.

function __sbox_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l current $words[-1]
    for reply in ($words[1] help --complete $words[2..-1] 2>/dev/null)
        switch $reply
            case :files
                # what stands before the path (--ro=) stays
                set -l prefix (string match -r '^--[^=]*=' -- $current; or echo "")
                for file in (__fish_complete_path (string replace -r '^--[^=]*=' '' -- $current))
                    echo $prefix$file
                end
            case :commands
                __fish_complete_command
            case :variables
                set -xn
            case ':rest *'
                set -l n (math (string replace ':rest ' '' -- $reply) + 2)
                complete -C (string join ' ' -- (string escape -- $words[$n..-2]) $words[-1])
            case '*'
                echo $reply
        end
    end
end

complete -c sbox -f
complete -c sbox -a '(__sbox_complete)'

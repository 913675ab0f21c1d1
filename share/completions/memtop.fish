# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for memtop: commands, options and their values as its own help lists them.

function __memtop_verbs
    memtop help 2>/dev/null | sed -n '/^Commands/,/^Options/s/^  \([a-z]\{1,\}\)  *\(.*\)/\1\t\2/p'
end

# The command that is being written: its name, or nothing for memtop PROGRAM.
function __memtop_verb
    set -l words (commandline -opc)
    test (count $words) -gt 1
    and string match -q -- "$words[2]"\t'*' (__memtop_verbs)
    and echo $words[2]
end

# Where among the words the program's name is that memtop is to run; nothing where none is
# yet, and behind commands that run none.
function __memtop_program
    set -l words (commandline -opc)
    set -l verb (__memtop_verb)
    contains -- "$verb" open report diff export attach help ctl list resolve; and return 1
    set -l i 2
    test -n "$verb"; and set i 3
    while test $i -le (count $words)
        if test "$words[$i]" = -o
            set i (math $i + 1)
        else if not string match -q -- '-*' $words[$i]
            echo $i
            return 0
        end
        set i (math $i + 1)
    end
    return 1
end

# Whether the word is memtop's own: behind the program's name the words are the program's.
function __memtop_own
    not __memtop_program >/dev/null
end

# What the program's own completion offers for its words.
function __memtop_subcommand
    set -l first (__memtop_program); or return
    set -l words (commandline -opc)
    complete -C (string join ' ' -- (string escape -- $words[$first..-1]) (commandline -ct))
end

function __memtop_fields
    printf '%s\n' file line function module thread domain lang any.file any.function any.module any.type
    memtop report --sort=help 2>/dev/null | awk '{ print $1 }'
end

# The help of a command, or with an empty word that of memtop PROGRAM.
function __memtop_help
    test -n "$argv[1]"; or set argv memtop
    memtop help $argv[1] 2>/dev/null
end

# The values of an option; none for numbers, files and expressions.
function __memtop_values
    set -l verb (string match -r '.+' -- $argv[1])       # no word for memtop PROGRAM
    set -l line (__memtop_help $argv[1] | grep -E -- "^ .{5}$argv[2]=")
    switch "$line"
        case '*help lists them*'
            memtop $verb "$argv[2]=help" 2>/dev/null | awk '{ print $1 }'
        case '* --filter=*' '* --ceiling=*'
            __memtop_fields
        case '* --format=*'
            printf '%s\n' text json csv tracemalloc
        case '* --process=*'
            printf '%s\n' main all
        case '*'
            echo $line | sed -n 's/^ *\(-., \)\{0,1\}--[a-z-]*=\([a-z]*|[^ ]*\).*/\2/p' |
                tr '|' '\n' | grep -x '[a-z]*'
    end
end

# Options with their help, or the values of one.
function __memtop_options
    set -l verb (__memtop_verb)
    set -l word (commandline -ct)
    if string match -q -- '--*=*' $word
        set -l option (string split -m 1 = -- $word)[1]
        for value in (__memtop_values "$verb" $option)
            echo $option=$value
        end
    else if string match -q -- '-*' $word
        __memtop_help "$verb" |
            sed -n 's/^  .\{4\}\(--[a-z-]*=\{0,1\}\)[^ ]*  *\(.*\)/\1\t\2/p'
    end
end

# The moments of a recording, as the refusal of one that it has not tells them.
function __memtop_moments
    set -l word (commandline -ct)
    string match -q -- '*@*' $word; or return
    set -l file (string replace -r '@[^@]*$' '' -- $word)
    memtop report "$file@?" 2>&1 | sed -n 's/.*: it has //p' | sed 's/,* and times such as.*//' |
        tr ',' '\n' | sed 's/^ *\(and \)*//; s/^"\(.*\)"$/\1/' | sed "s|^|$file@|"
end

# The processes that a memtop can be called by: its own, and its program's.
function __memtop_pids
    set -l folders /tmp/memtop.*/
    set -q XDG_RUNTIME_DIR; and set -a folders $XDG_RUNTIME_DIR/memtop.*/
    for folder in $folders
        test -S $folder/ctl -a -O $folder; or continue
        test -L $folder/target; and readlink $folder/target
        string replace -r '.*/memtop\.([0-9]+).*' '$1' -- $folder
    end | sort -u
end

# __memtop_word N COMMAND...: whether the word that is being written is the N-th behind one of
# these commands (any: which one does not matter), and no option.
function __memtop_word
    set -l words (commandline -opc)
    string match -q -- '-*' (commandline -ct); and return 1
    test $argv[1] = any; or test (count $words) = (math $argv[1] + 1)
    and contains -- (__memtop_verb) $argv[2..-1]
end

# Whether the word that is being written is the name of the program to be run.
function __memtop_programs
    string match -q -- '-*' (commandline -ct); and return 1
    set -l words (commandline -opc)
    test (count $words) = 1; and return 0
    contains -- (__memtop_verb) record check standby; and __memtop_own
end

complete -c memtop -f -n '__memtop_own' -a '(__memtop_options)'
complete -c memtop -n 'test (count (commandline -opc)) = 1' -a '(__memtop_verbs)'
complete -c memtop -n __memtop_programs -a '(__fish_complete_command)'
complete -c memtop -n '__memtop_word any help' -a '(__memtop_verbs)'
complete -c memtop -n '__memtop_word 1 ctl attach' -a '(__memtop_pids)'
complete -c memtop -n '__memtop_word 2 ctl' -a 'snapshot heap held mark stop'
complete -c memtop -n '__memtop_word any report diff export open' -a '(__memtop_moments)'
complete -c memtop -n '__memtop_word any report diff export open resolve' \
    -a '(__fish_complete_suffix .memtop)'
complete -c memtop -n 'not __memtop_own' -a '(__memtop_subcommand)'

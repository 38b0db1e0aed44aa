# Completion of qwen-desktop for bash.

_qwen_desktop() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command="" i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            ask | quick | doctor | demo-server | export | import) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    case $before in
        --image) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames; return ;;
        --format) COMPREPLY=($(compgen -W "md json html pdf" -- "$word")); return ;;
        --protocol) COMPREPLY=($(compgen -W "native compatible" -- "$word")); return ;;
        --continue) COMPREPLY=($(compgen -W "auto never" -- "$word")); return ;;
        --model | --system | --base-url | --port | --conversation) return ;;
    esac
    local words
    case $command in
        ask)
            words="--model --system --protocol --base-url --thinking --no-thinking --search --image --continue --no-save --json --help"
            ;;
        doctor) words="--json --live --yes --help" ;;
        demo-server) words="--port --help" ;;
        quick) words="--help" ;;
        export)
            words="--all --conversation --format --no-reasoning --with-deleted --with-requests --help"
            [[ $word == -* ]] || { mapfile -t COMPREPLY < <(compgen -d -- "$word"); compopt -o filenames; return; }
            ;;
        import)
            words="--preview --copies --help"
            [[ $word == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames; return; }
            ;;
        *) words="ask quick export import doctor demo-server --hidden --terminal --quit --self-test --version --help" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _qwen_desktop qwen-desktop

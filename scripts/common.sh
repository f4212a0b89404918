# Shared by the scripts beside it, which source it: how they speak, fail and install.

# Says what happens, on standard error, so that a script's output stays usable.
say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# Ends with one sentence that says what to do.
fail() {
    printf '\033[1;31merror:\033[0m %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root: directly, or by sudo where there is one.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        return 1
    fi
}

# Installs Debian or Ubuntu packages; the lists are fetched only when a package is unknown.
apt_install() {
    have apt-get || return 1
    say "installing by apt: $*"
    # dpkg may be busy with the machine's own updates: wait for its lock instead of failing.
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    as_root "${apt[@]}" update >&2 || return 1
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >&2
}

# shellcheck shell=bash
# Sourced by scripts/run and scripts/test: finds or makes the Python environment and installs what is missing.
# Sets $repository, the folder of the checkout, and, after install_once, $environment, that of the environment.

repository=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
    printf '%s\n' "$1" >&2
    exit "${2:-1}"
}

# Prints the first Python 3.11 to 3.13, one that can make environments before one that cannot.
find_python() {
    local name requirement
    for requirement in 'import ensurepip, venv, sys' 'import sys'; do
        for name in python3.11 python3.12 python3.13 python3; do
            # Run, not only looked up: a version manager's stand-in may be on the path with no Python behind it.
            if "$name" -c "$requirement; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" 2>/dev/null; then
                printf '%s\n' "$name"
                return
            fi
        done
    done
    fail "No Python 3.11 to 3.13 was found; install one (on Debian and Ubuntu: apt install python3 python3-venv)." 2
}

# Debian and Ubuntu keep the venv module in a package of its own.
make_environment() {
    local python package
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        install_packages "Python's venv module" "$package"
    fi
    printf 'Making the environment %s with %s\n' "$1" "$python" >&2
    "$python" -m venv --clear "$1"
}

# install_once NAME COMMAND [ARGUMENT...]: puts the active environment, or the checkout's .venv, first on
# the path and runs COMMAND in it, unless COMMAND has been through since what is required last changed.
install_once() {
    local name=$1 stamp key
    shift
    environment=${VIRTUAL_ENV:-}
    if [ -z "$environment" ]; then
        environment=$repository/.venv
        # A half-made environment has no pip; one whose Python is gone has a dangling link.
        if [ ! -x "$environment/bin/python" ] || [ ! -e "$environment/bin/pip" ]; then
            make_environment "$environment"
        fi
    elif [ ! -x "$environment/bin/python" ]; then
        fail "The active environment $environment has no Python; deactivate it and start again." 2
    fi
    PATH=$environment/bin:$PATH
    export PATH

    stamp=$environment/.segassist-$name
    # The folder too: an editable install points at it, and an environment may serve several checkouts.
    key=$({ cat -- "$repository/pyproject.toml" "$repository/requirements.lock"; printf '%s\n' "$repository"; } | cksum)
    if [ ! -x "$environment/bin/segassist" ] || [ "$(cat -- "$stamp" 2>/dev/null)" != "$key" ]; then
        printf 'Installing what is missing in %s\n' "$environment" >&2
        "$@"
        printf '%s\n' "$key" >"$stamp"
    fi
}

pip_install() {
    python -m pip --version >/dev/null 2>&1 || python -m ensurepip --upgrade >/dev/null
    PIP_DISABLE_PIP_VERSION_CHECK=1 python -m pip install --quiet "$@" >&2
}

# pip_install_released ARGUMENT...: the same, and whatever requirements.lock names comes in the version it names.
pip_install_released() {
    pip_install --constraint <(sed -n '/^[a-z]/s/ \\$//p' "$repository/requirements.lock") "$@"
}

# need_library LIBRARY PACKAGE...: installs Debian's packages when the system's linker does not know the library.
need_library() {
    local library=$1
    shift
    # People's paths leave out the folder of ldconfig.
    if PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | grep -q -F "$library"; then
        return
    fi
    install_packages "$library" "$@"
}

# need_command COMMAND PACKAGE...: the same for a command that is not on the path.
need_command() {
    local command=$1
    shift
    command -v "$command" >/dev/null || install_packages "$command" "$@"
}

install_packages() {
    local missing=$1
    shift
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "$missing is missing; install it (on Debian and Ubuntu: sudo apt install $*) and start again." 2
    fi
    printf 'Installing %s\n' "$*" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

# What Slicer's core draws with where there is no screen.
need_graphics() {
    need_library libEGL.so.1 libegl1 libegl-mesa0
    need_library libGL.so.1 libgl1 libgl1-mesa-dri
}

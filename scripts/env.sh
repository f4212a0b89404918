# The settings that every build of this project shares. Source it: `. scripts/env.sh`.
# Works in any POSIX shell, from any directory below the repository.

hubbub_root=$(git rev-parse --show-toplevel 2>/dev/null || pwd)

# scripts/setup-rust leaves a note when it had to build with Debian's own Rust.
# One target folder must see one compiler, so every command has to use it then.
if [ "$(cat "$hubbub_root/target/toolchain" 2>/dev/null)" = debian ]; then
    if command -v rustup >/dev/null 2>&1; then
        export RUSTUP_TOOLCHAIN=debian
    else
        export PATH="/usr/bin:$PATH"
    fi
fi
unset hubbub_root

# Leptos reads these when the server half is compiled and when it runs (also in .cargo/config.toml).
export LEPTOS_OUTPUT_NAME=hubbub
export LEPTOS_SITE_ROOT=target/site
export LEPTOS_SITE_PKG_DIR=pkg

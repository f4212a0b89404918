# The commands of this project. Each works on a fresh machine and may be repeated.
.PHONY: run dev test demo bench cluster

run:   ; @scripts/with-rust cargo xtask run --release
dev:   ; @scripts/with-rust cargo xtask watch
test:  ; @scripts/test
demo:  ; @scripts/demo
bench: ; @scripts/bench
cluster: ; @scripts/cluster

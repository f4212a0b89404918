//! When to stop.

/// Returns at the first SIGTERM or Ctrl-C. From then on a second one ends the process at once, for
/// people who do not want to wait.
pub async fn requested() {
    first_signal().await;
    let hurry = async {
        first_signal().await;
        tracing::warn!("told to stop a second time: ending at once");
        std::process::exit(130);
    };
    #[expect(clippy::disallowed_methods, reason = "it ends the process, so nothing can wait for it")]
    tokio::spawn(hurry);
}

#[cfg(unix)]
async fn first_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM may be listened to");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn first_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a signal there is no way to ask for a stop, so none was asked for.
        std::future::pending::<()>().await;
    }
}

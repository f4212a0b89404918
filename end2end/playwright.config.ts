// Two or more real browsers against a real server. Nothing is retried: a flaky test is a bug.
import { defineConfig } from '@playwright/test';
import { existsSync } from 'node:fs';

const system = '/usr/bin/chromium';

export default defineConfig({
  testDir: './tests',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  retries: 0,
  workers: 2,
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 860 },
    trace: 'retain-on-failure',
    // Without one, what cannot be clicked waits until its test is out of time.
    actionTimeout: 30_000,
    // push.hydrate.spec.ts is about the worker; elsewhere tests see each request of the page itself.
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: existsSync(system) ? system : undefined,
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
        '--disable-sync', '--no-first-run', '--disable-dev-shm-usage',
      ],
    },
  },
});

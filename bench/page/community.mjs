// A server of its own on the demo's community, for whatever measures the page of a release.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
const program = process.env.HUBBUB_PROGRAM ?? join(root, 'target/release/hubbub');
const system = '/usr/bin/chromium';
/** Where the browser is; none lets the tools look for it. */
export const browserPath = process.env.CHROME_PATH ?? (existsSync(system) ? system : undefined);

/** Fills a fresh folder and serves it. */
export async function community() {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-page-'));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    HUBBUB_DATA_DIR: folder,
    HUBBUB_ADDRESS: `127.0.0.1:${port}`,
    HUBBUB_SIGN_INS_PER_MINUTE: '100',
    LEPTOS_SITE_ROOT: process.env.LEPTOS_SITE_ROOT ?? join(root, 'target/site'),
    DATABASE_URL: '',
    REDIS_URL: '',
  };
  const filled = spawnSync(program, ['demo'], { env, cwd: root });
  if (filled.status !== 0) throw new Error(`hubbub demo: ${filled.stderr}`);
  const server = spawn(program, ['serve'], { env, cwd: root, stdio: 'ignore' });
  const end = () => {
    server.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${address}/health/ready`).catch(() => undefined);
    if (answer?.ok) return { address, end };
    if (server.exitCode !== null) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  end();
  throw new Error('the server did not start');
}

/** The cookie of somebody of the community. */
export async function signIn(address, handle) {
  const response = await fetch(`${address}/api/auth.sign_in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ handle, password: 'millbrook-demo' }),
  });
  if (!response.ok) throw new Error(`signing in: ${response.status} ${await response.text()}`);
  return response.headers.getSetCookie()[0].split(';')[0];
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

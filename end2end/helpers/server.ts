// A Hubbub server of the test's own: the built program, a fresh folder, a free port.
import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const program = process.env.HUBBUB_PROGRAM ?? join(root, 'target/debug/hubbub');

export class Server {
  private process?: ChildProcess;
  private log = '';

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly settings: Record<string, string>,
  ) {}

  get address() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** On a fresh folder; `demo` fills it with the believable community first; `settings` as in the environment. */
  static async start({ demo = false, settings = {} } = {}): Promise<Server> {
    const server = new Server(mkdtempSync(join(tmpdir(), 'hubbub-e2e-')), await freePort(), settings);
    if (demo) execFileSync(program, ['demo'], { cwd: root, env: server.env(), stdio: 'ignore' });
    await server.up();
    return server;
  }

  private env() {
    return {
      ...process.env,
      HUBBUB_DATA_DIR: this.folder,
      HUBBUB_ADDRESS: `127.0.0.1:${this.port}`,
      HUBBUB_SIGN_INS_PER_MINUTE: '1000',
      LEPTOS_SITE_ROOT: join(root, 'target/site'),
      DATABASE_URL: '',
      REDIS_URL: '',
      ...this.settings,
    };
  }

  /** Starts the program on the folder and port that it had before. */
  async up() {
    this.process = spawn(program, ['serve'], {
      cwd: root,
      env: this.env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (part: Buffer) => (this.log = (this.log + part.toString()).slice(-20_000));
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
    const deadline = Date.now() + 30_000;
    for (;;) {
      const answer = await fetch(`${this.address}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      if (this.process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the server did not start:\n${this.log}`);
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Ends the program as a power cut does. */
  async kill() {
    await this.end('SIGKILL');
  }

  async stop() {
    await this.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals) {
    const running = this.process;
    this.process = undefined;
    if (!running || running.exitCode !== null) return;
    const gone = new Promise((done) => running.once('exit', done));
    running.kill(signal);
    await gone;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as { port: number };
  await new Promise((done) => probe.close(done));
  return port;
}

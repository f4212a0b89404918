// People at their browsers. They find things as people do: by role and name.
import { Browser, BrowserContext, BrowserContextOptions, expect, Locator, Page } from '@playwright/test';
import { Server } from './server.ts';

export const PASSWORD = 'correct horse battery';

export class Person {
  readonly problems: string[] = [];
  /** While the server is down on purpose, the browser's complaints about it are no problem. */
  expectsNetworkErrors = false;

  private constructor(
    readonly name: string,
    readonly handle: string,
    readonly server: Server,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async at(browser: Browser, server: Server, name: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ baseURL: server.address, viewport: { width: 1280, height: 860 }, ...options });
    const handle = name.toLowerCase().split(' ')[0];
    const person = new Person(name, handle, server, context, await context.newPage());
    person.watch(person.page);
    return person;
  }

  /** Another tab of the same browser. */
  async opensATab(path: string): Promise<Page> {
    const page = await this.context.newPage();
    this.watch(page);
    await page.goto(path);
    await awake(page);
    return page;
  }

  private watch(page: Page) {
    page.on('pageerror', (error) => this.problems.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() !== 'error' && !/hydrat|Content.Security|panicked/i.test(message.text())) return;
      if (this.expectsNetworkErrors && /ERR_|Failed to load resource|WebSocket/.test(message.text())) return;
      this.problems.push(`console: ${message.text()} (${page.url()})`);
    });
  }

  /** No console error and no violation of the security policy, on any page that was visited. */
  hasNoComplaints() {
    expect(this.problems).toEqual([]);
  }

  async setsUp(workspace: string) {
    await this.page.goto('/');
    await expect(this.page).toHaveURL(/\/setup$/);
    await awake(this.page);
    await this.page.getByLabel('Workspace name').fill(workspace);
    await this.fillsInAccount();
    await this.page.getByRole('button', { name: 'Create the workspace' }).click();
    await this.isInTheFeed();
  }

  async joins(link: string) {
    await this.page.goto(link);
    await awake(this.page);
    await this.fillsInAccount();
    await this.page.getByRole('button', { name: 'Create the account' }).click();
    await this.isInTheFeed();
  }

  private async fillsInAccount() {
    await this.page.getByLabel('Your name').fill(this.name);
    await this.page.getByLabel('Your handle').fill(this.handle);
    await this.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  }

  async signsIn() {
    await this.page.goto('/sign-in');
    await awake(this.page);
    await this.page.getByLabel('Handle').fill(this.handle);
    await this.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.isInTheFeed();
  }

  async isInTheFeed() {
    await expect(this.page).toHaveURL(/\/feed/);
    await this.isLive();
  }

  /** The page has taken over and the socket is in sync. */
  async isLive(page = this.page) {
    await awake(page);
    await expect(page.getByTestId('connection')).toHaveText('Connected');
  }

  async invites(role = 'Member'): Promise<string> {
    await this.page.getByRole('link', { name: 'Invite people' }).click();
    await expect(this.page.getByRole('heading', { name: 'Invite people' })).toBeVisible();
    await this.page.getByLabel('They become').selectOption({ label: role });
    await this.page.getByRole('button', { name: 'Make a link' }).click();
    const link = await this.page.getByLabel('Invitation link').inputValue();
    await this.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Feed' }).click();
    await this.isInTheFeed();
    return link;
  }

  async writesAPost(title: string, body = '') {
    await this.page.getByRole('link', { name: 'New post' }).first().click();
    await this.page.getByLabel('Title').fill(title);
    await this.page.getByLabel('Text').fill(body);
    await this.page.getByRole('button', { name: 'Post', exact: true }).click();
    await expect(this.post(title)).toBeVisible();
  }

  post(title: string, page = this.page): Locator {
    return page.getByRole('article').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
  }

  async opensPost(title: string) {
    await this.post(title).getByRole('heading', { name: title }).getByRole('link').click();
    await expect(this.page.getByRole('region', { name: 'Comments' })).toBeVisible();
  }

  async comments(text: string) {
    const composer = this.page.getByRole('textbox', { name: 'Write a comment' });
    await composer.fill(text);
    await composer.press('Enter');
  }

  comment(text: string, page = this.page): Locator {
    return page.getByRole('region', { name: 'Comments' }).getByRole('article').filter({ hasText: text });
  }

  /** Through the commands that the page uses: it is the other one whose page is looked at. */
  async writesToDirectly(handle: string, body: string) {
    await this.page.evaluate(
      async ([handle, body]) => {
        const ask = async (command: string, args: object) => {
          const headers = { 'content-type': 'application/json', accept: 'application/json' };
          const answer = await fetch(`/api/${command}`, { method: 'POST', headers, body: JSON.stringify(args) });
          if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
          return answer.json();
        };
        const me = await ask('account.get', {});
        const workspace = me.workspaces[0].workspace.id;
        const members = await ask('members.list', { workspace });
        const user = members.items.find((member: { person: { handle: string } }) => member.person.handle === handle).person.id;
        const direct = await ask('conversations.open_direct', { workspace, user });
        // An id as the page makes them: the time, then chance.
        const random = crypto.randomUUID();
        const time = Date.now().toString(16).padStart(12, '0');
        const id = `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
        await ask('messages.send', { id, conversation: direct.conversation.id, body });
      },
      [handle, body],
    );
  }

  /** Events of these kinds, each with a notice, as a program with the person's rights would. */
  async publishes(kinds: string[]) {
    await this.page.evaluate(async (kinds) => {
      const ask = async (command: string, args: object) => {
        const headers = { 'content-type': 'application/json', accept: 'application/json' };
        const answer = await fetch(`/api/${command}`, { method: 'POST', headers, body: JSON.stringify(args) });
        if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
        return answer.json();
      };
      const me = await ask('account.get', {});
      const notice = { text: 'Something happened', link: 'https://example.org/' };
      const event = (kind: string) => ({ id: crypto.randomUUID(), kind, payload: { number: '7', amount: 120.5 }, notice });
      await ask('events.publish', { workspace: me.workspaces[0].workspace.id, events: kinds.map(event) });
    }, kinds);
  }

  async leaves() {
    await this.context.close();
  }
}

/** WASM has taken over the page: before, a click would be a plain form or link. */
export async function awake(page: Page) {
  await page.waitForFunction(() => document.documentElement.dataset.awake === 'true');
}

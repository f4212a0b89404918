// Conversations as tests speak of them: what is on screen, and what others do through the same commands.
import { expect, Locator, Page } from '@playwright/test';
import { Person, PASSWORD } from './person.ts';
import { Server } from './server.ts';

/** The messages of the conversation on screen; a thread beside it has a list of its own. */
export function messages(page: Page): Locator {
  return page.getByRole('list', { name: 'Messages' }).getByRole('article');
}

export function message(page: Page, text: string | RegExp): Locator {
  return messages(page).filter({ hasText: text });
}

export function composer(page: Page): Locator {
  return page.getByRole('textbox', { name: /^Message / });
}

export function places(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Places' });
}

/** The way to a room in the sidebar; its name also says what is unread there. */
export function roomLink(page: Page, room = 'general'): Locator {
  return places(page).getByRole('link', { name: room });
}

export async function opens({ page }: Person, room = 'general') {
  await roomLink(page, room).click();
  await expect(page.getByRole('textbox', { name: `Message #${room}` })).toBeVisible();
}

export async function says(page: Page, text: string) {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

/** The menu behind the three dots of a message, opened. */
export async function menuOf(row: Locator): Promise<Locator> {
  await row.hover();
  const summary = row.locator('summary[aria-label^="More for"]');
  await summary.click();
  return row.locator('details[open] .menu');
}

/** How far the end of the list is below what is on screen, in pixels. */
export async function belowTheEnd(page: Page): Promise<number> {
  return page.locator('.talk .scroll-end').evaluate((scroller) => {
    const list = scroller.firstElementChild!.getBoundingClientRect();
    return list.bottom - scroller.getBoundingClientRect().bottom;
  });
}

/** Asks the server through this page, as its person. */
export async function ask<T>(page: Page, command: string, args: object): Promise<T> {
  return page.evaluate(
    async ([command, args]) => {
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const answer = await fetch(`/api/${command}`, { method: 'POST', headers, body: JSON.stringify(args) });
      if (!answer.ok) throw new Error(`${command}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [command, args] as const,
  );
}

/** An id as the page makes them: the time, then chance. */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** The conversation on screen. */
export function conversationOn(page: Page): string {
  const id = /\/c\/([0-9a-f-]+)/.exec(page.url())?.[1];
  if (!id) throw new Error(`no conversation at ${page.url()}`);
  return id;
}

/** Uploads a file through the page's own address for it. */
export async function uploads(page: Page, conversation: string, name: string, bytes: Buffer): Promise<string> {
  const id = newId();
  await page.evaluate(
    async ([path, bytes]) => {
      const body = Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0));
      const answer = await fetch(path, { method: 'POST', body });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    },
    [`/api/files.upload?conversation=${conversation}&id=${id}&name=${encodeURIComponent(name)}`, bytes.toString('base64')] as const,
  );
  return id;
}

/** Sends a message as somebody whose page is not looked at. */
export async function sends(page: Page, conversation: string, body: string, more: object = {}) {
  return ask<{ id: string; order: number }>(page, 'messages.send', { id: newId(), conversation, body, ...more });
}

/** Makes accounts without browsers, by an invitation's link. They leave at once. */
export async function join(server: Server, link: string, names: string[]) {
  const invitation = new URL(link).pathname.split('/').pop();
  for (const name of names) {
    const answer = await fetch(`${server.address}/api/auth.sign_up`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ name, handle: name.toLowerCase(), password: PASSWORD, invitation }),
    });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
    const cookie = answer.headers.getSetCookie()[0].split(';')[0];
    await fetch(`${server.address}/api/auth.sign_out`, { method: 'POST', headers: { cookie, 'content-type': 'application/json' }, body: '{}' });
  }
}

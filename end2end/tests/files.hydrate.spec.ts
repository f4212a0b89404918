// Files with messages: chosen, pasted, dropped; shown, played, opened or only kept; on a bad line.
import { expect, Locator, Page } from '@playwright/test';
import { test as base } from '../helpers/fixtures.ts';
import { pdf, png, wav, webm } from '../helpers/files.ts';
import { composer, menuOf, message, opens, places, says } from '../helpers/talk.ts';
import { Server } from '../helpers/server.ts';

const KIB = 1024;
const LIMIT = 400 * KIB;

const test = base.extend({
  server: async ({}, use) => {
    const server = await Server.start({ settings: { HUBBUB_FILE_BYTES_MAX: String(LIMIT) } });
    await use(server);
    await server.stop();
  },
});

function tray(page: Page): Locator {
  return page.getByRole('list', { name: 'Files to send' }).getByRole('listitem');
}

function field(page: Page): Locator {
  return page.getByLabel('Files to attach');
}

function text(name: string, content: string, mimeType = 'text/plain') {
  return { name, mimeType, buffer: Buffer.from(content) };
}

/** As a person does it with files from elsewhere. */
async function brings(page: Page, how: 'paste' | 'drop', name: string, bytes: Buffer) {
  await composer(page).evaluate(
    (area, [how, name, bytes]) => {
      const data = new DataTransfer();
      const file = new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name, { type: 'image/png' });
      data.items.add(file);
      const all = { bubbles: true, cancelable: true };
      if (how === 'paste') {
        area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, ...all }));
      } else {
        for (const kind of ['dragenter', 'dragover', 'drop']) {
          area.dispatchEvent(new DragEvent(kind, { dataTransfer: data, ...all }));
        }
      }
    },
    [how, name, bytes.toString('base64')] as const,
  );
}

/** What a person's browser is told when it asks for a file. */
async function asked(page: Page, href: string) {
  return page.evaluate(async (href) => {
    const answer = await fetch(href);
    await answer.arrayBuffer();
    const of = (name: string) => answer.headers.get(name) ?? '';
    return {
      status: answer.status,
      type: of('content-type'),
      disposition: of('content-disposition'),
      policy: of('content-security-policy'),
      sniffing: of('x-content-type-options'),
    };
  }, href);
}

test('ten files of all kinds come together in the other window, and go with their message', async ({ ada, ben }) => {
  await opens(ada);
  await opens(ben);
  const long = `${'n'.repeat(296)}.txt`;
  await field(ada.page).setInputFiles([
    { name: 'north wall.png', mimeType: 'image/png', buffer: png(800, 600) },
    { name: 'film.webm', mimeType: 'video/webm', buffer: await webm(ada.page) },
    { name: 'tone.wav', mimeType: 'audio/wav', buffer: wav() },
    { name: 'plan.pdf', mimeType: 'application/pdf', buffer: pdf() },
    text('notes.txt', 'plain words'),
    text('page.html', '<script>document.title = "run"</script>', 'text/html'),
    text('drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml'),
    text('../../etc/passwd', 'root'),
    text('invoice\u202Efdp.exe', 'turned'),
    text(long, 'long'),
    text('eleventh.txt', 'one too many'),
  ]);
  await expect(ada.page.getByRole('alert').filter({ hasText: 'At most 10 files' })).toBeVisible();
  await expect(tray(ada.page)).toHaveCount(10);
  await expect(ada.page.getByRole('button', { name: /^Remove / })).toHaveCount(10);
  await expect(tray(ada.page).nth(8), 'nothing turns its name').toContainText('invoicefdp.exe');
  await says(ada.page, 'All of it');

  const row = message(ben.page, 'All of it');
  const files = row.getByRole('list', { name: 'Files' }).getByRole('listitem');
  await expect(files).toHaveCount(10);
  await expect(tray(ada.page)).toHaveCount(0);
  const picture = row.getByRole('img', { name: 'north wall.png' });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBeGreaterThan(0);
  for (const name of ['film.webm', 'tone.wav']) {
    const media = row.locator(`[aria-label="${name}"]`).and(row.locator('video, audio'));
    await media.evaluate((media: HTMLMediaElement) => {
      media.muted = true;
      return media.play();
    });
    await expect.poll(() => media.evaluate((media: HTMLMediaElement) => media.currentTime), name).toBeGreaterThan(0);
  }
  await expect(row.getByRole('link', { name: 'Open plan.pdf' })).toHaveAttribute('target', '_blank');
  await expect(files.nth(7)).toContainText('passwd');
  await expect(files.nth(7)).not.toContainText('etc');
  await expect(files.nth(8)).toContainText('invoicefdp.exe');

  const href = async (name: string | RegExp) => (await row.getByRole('link', { name }).getAttribute('href'))!;
  for (const name of ['page.html', 'drawing.svg', 'notes.txt']) {
    const answer = await asked(ben.page, await href(`Download ${name}`));
    expect(answer, name).toMatchObject({ status: 200, type: 'application/octet-stream', sniffing: 'nosniff' });
    expect(answer.disposition).toMatch(/^attachment/);
    expect(answer.policy).toContain('sandbox');
  }
  const opened = await asked(ben.page, await href('Open plan.pdf'));
  expect(opened).toMatchObject({ status: 200, type: 'application/pdf', sniffing: 'nosniff' });
  expect(opened.disposition).toMatch(/^inline/);
  const shown = await href('north wall.png');
  expect(await asked(ben.page, shown)).toMatchObject({ status: 200, type: 'image/png' });
  const kept = await href(/^Download nnn/);
  expect(decodeURIComponent(kept.split('/').pop()!).length, 'a name that every disk takes').toBeLessThanOrEqual(255);
  await ben.page.setViewportSize({ width: 390, height: 844 });
  const list = ben.page.locator('.talk .scroll-end');
  expect(await list.evaluate((list) => list.scrollWidth - list.clientWidth)).toBe(0);

  // Undo is offered for a while; then the files are gone with the message.
  ben.expectsNetworkErrors = true;
  await (await menuOf(message(ada.page, 'All of it'))).getByRole('button', { name: 'Delete' }).click();
  await expect(row).toHaveCount(0);
  await expect.poll(async () => (await asked(ben.page, shown)).status).toBe(404);
  expect((await asked(ben.page, kept)).status).toBe(404);
});

test('files are pasted and dropped; what is too large or empty is refused with a sentence, and the text stays', async ({ ada, ben }) => {
  await opens(ada);
  await opens(ben);
  await composer(ada.page).fill('Look at this');
  await brings(ada.page, 'paste', 'pasted.png', png(64, 64));
  await brings(ada.page, 'drop', 'dropped.png', png(48, 48));
  await expect(tray(ada.page)).toHaveCount(2);
  await field(ada.page).setInputFiles([
    { name: 'huge.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(LIMIT + 1, 1) },
    text('nothing.txt', ''),
  ]);
  const refusal = ada.page.getByRole('alert').filter({ hasText: 'huge.bin' });
  await expect(refusal).toContainText('huge.bin is too large: at most 400 KB.');
  await expect(refusal).toContainText('nothing.txt is empty.');
  await expect(tray(ada.page)).toHaveCount(2);
  await expect(composer(ada.page)).toHaveValue('Look at this');
  await ada.page.getByRole('button', { name: 'Remove dropped.png' }).click();
  await brings(ada.page, 'drop', 'again.png', png(48, 48));
  await expect(ada.page.getByRole('button', { name: /^Remove / })).toHaveCount(2);
  await composer(ada.page).press('Enter');
  const row = message(ben.page, 'Look at this');
  await expect(row.getByRole('img')).toHaveCount(2);
  await expect(row.getByRole('img', { name: 'again.png' })).toBeVisible();
  // A message of files alone has a name too.
  await brings(ada.page, 'paste', 'alone.png', png(32, 32));
  await expect(ada.page.getByRole('button', { name: 'Remove alone.png' })).toBeVisible();
  await ada.page.getByRole('button', { name: 'Send' }).click();
  await expect(message(ben.page, '').last().getByRole('img', { name: 'alone.png' })).toBeVisible();
});

test('a slow upload says how far it is, is cancelled, and goes on while one looks elsewhere', async ({ ada, ben }) => {
  await opens(ada);
  await opens(ben);
  const line = await ada.context.newCDPSession(ada.page);
  const slow = (uploadThroughput: number) =>
    line.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await line.send('Network.enable');
  await slow(30 * KIB);
  const file = { name: 'slow.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(300 * KIB, 7) };
  await field(ada.page).setInputFiles(file);
  const progress = ada.page.getByRole('progressbar', { name: 'slow.bin, progress' });
  const share = () => progress.evaluate((bar: HTMLProgressElement) => bar.value / bar.max);
  await expect.poll(share).toBeGreaterThan(0);
  expect(await share()).toBeLessThan(1);
  // What is not there yet is not left out of the message silently.
  await composer(ada.page).fill('With a file');
  await composer(ada.page).press('Enter');
  await expect(ada.page.getByText('A file is still on its way')).toBeVisible();
  await expect(composer(ada.page)).toHaveValue('With a file');
  await ada.page.getByRole('button', { name: 'Cancel slow.bin' }).click();
  await expect(tray(ada.page)).toHaveCount(0);

  await field(ada.page).setInputFiles({ ...file, name: 'second.bin' });
  await expect(ada.page.getByRole('button', { name: 'Cancel second.bin' })).toBeVisible();
  await places(ada.page).getByRole('link', { name: 'Feed' }).click();
  await expect(ada.page.getByRole('heading', { name: 'Feed' })).toBeVisible();
  await expect(tray(ada.page)).toHaveCount(0);
  await slow(-1);
  await opens(ada);
  await expect(composer(ada.page), 'the draft is there').toHaveValue('With a file');
  await expect(ada.page.getByRole('button', { name: 'Remove second.bin' }), 'and so is its file').toBeVisible();
  await composer(ada.page).press('Enter');
  await expect(message(ben.page, 'With a file').getByText('second.bin')).toBeVisible();
  await expect(message(ben.page, 'With a file').getByText('slow.bin')).toHaveCount(0);
});

test('a line that is cut while a file is on its way says so, and the file is sent again', async ({ ada, ben }) => {
  await opens(ada);
  await opens(ben);
  ada.expectsNetworkErrors = true;
  let cut = () => {};
  const until = new Promise<void>((done) => (cut = done));
  await ada.page.route('**/api/files.upload*', async (route) => {
    await until;
    await route.abort('connectionreset');
  });
  await field(ada.page).setInputFiles(text('rope.txt', 'ten metres'));
  await composer(ada.page).fill('The list');
  await expect(ada.page.getByRole('button', { name: 'Cancel rope.txt' })).toBeVisible();
  cut();
  await expect(tray(ada.page).getByRole('alert')).toHaveText('The connection broke off.');
  await composer(ada.page).press('Enter');
  await expect(composer(ada.page), 'nothing is lost').toHaveValue('The list');
  await ada.page.unroute('**/api/files.upload*');
  await ada.page.getByRole('button', { name: 'Retry rope.txt' }).click();
  await expect(ada.page.getByRole('button', { name: 'Remove rope.txt' })).toBeVisible();
  // A reload would lose it: the browser asks.
  const asks: string[] = [];
  ada.page.once('dialog', (dialog) => {
    asks.push(dialog.type());
    void dialog.dismiss();
  });
  await ada.page.evaluate(() => void setTimeout(() => location.reload()));
  await expect.poll(() => asks).toEqual(['beforeunload']);
  await composer(ada.page).press('Enter');
  await expect(message(ben.page, 'The list').getByText('rope.txt')).toBeVisible();
});

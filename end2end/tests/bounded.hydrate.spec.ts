// However long somebody works in one page, it stays as quick and as small as it was.
import { CDPSession, expect, Page } from '@playwright/test';
import { test } from '../helpers/fixtures.ts';
import { ask, composer, newId, roomLink, sends } from '../helpers/talk.ts';

const ROOMS = ['east', 'north', 'south'];
const PER_ROOM = 60;

/** What the page holds once everything is let go of that nothing needs. */
async function held(page: Page, line: CDPSession) {
  for (let twice = 0; twice < 2; twice += 1) await line.send('HeapProfiler.collectGarbage');
  const { metrics } = await line.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((one) => one.name === name)!.value;
  return { nodes: of('Nodes'), listeners: of('JSEventListeners'), heap: of('JSHeapUsedSize'), program: await programBytes(page) };
}

/** The memory of the page's own program, which only grows. Its module answers with what it has when asked again. */
async function programBytes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel=modulepreload]')].map((link) => link.href);
    const module = await import(links.find((href) => /\/pkg\/hubbub[^/]*\.js/.test(href))!);
    return (await module.default()).memory.buffer.byteLength;
  });
}

/** Goes from room to room so often, and says how often the room's messages were not there in the frame after the click. */
async function goesRound(page: Page, times: number): Promise<{ late: number; stale: number }> {
  return page.evaluate(
    async ([rooms, times]) => {
      const links = rooms.map((room) => document.querySelector<HTMLAnchorElement>(`.sidebar a[href="${room}"], nav a[href="${room}"]`)!);
      const frame = () => new Promise(requestAnimationFrame);
      const shows = (room: number) => {
        const rows = document.querySelectorAll('ol[aria-label="Messages"] article');
        return rows.length > 0 && rows[rows.length - 1].textContent!.includes(`in ${room} `);
      };
      let late = 0;
      let stale = 0;
      for (let at = 0; at < times; at += 1) {
        const room = at % rooms.length;
        links[room].click();
        await frame();
        if (!shows(room)) late += 1;
        for (let frames = 0; !shows(room); frames += 1) {
          if (frames > 600) throw new Error(`room ${room} did not come`);
          stale += 1;
          await frame();
        }
        // Its list has stood for a moment, as for somebody who looks.
        await frame();
      }
      return { late, stale };
    },
    [ROOM_PATHS, times] as const,
  );
}

let ROOM_PATHS: string[] = [];

test('two hundred changes of room leave nothing behind, and a room seen before stands there in the same frame', async ({ ada }) => {
  const { page } = ada;
  const me = await ask<{ workspaces: { workspace: { id: string; slug: string } }[] }>(page, 'account.get', {});
  const { id: workspace, slug } = me.workspaces[0].workspace;
  ROOM_PATHS = [];
  for (const [index, name] of ROOMS.entries()) {
    const room = await ask<{ conversation: { id: string } }>(page, 'conversations.create', { id: newId(), workspace, kind: 'room', name });
    ROOM_PATHS.push(`/w/${slug}/c/${room.conversation.id}`);
    for (let n = 0; n < PER_ROOM; n += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, at) => sends(page, room.conversation.id, `message ${n + at} in ${index} with **some** text`)));
    }
  }
  for (const name of ROOMS) {
    await roomLink(page, name).click();
    await expect(page.getByRole('textbox', { name: `Message #${name}` })).toBeVisible();
    await expect(page.getByRole('list', { name: 'Messages' }).getByRole('article').last()).toBeInViewport();
  }
  await expect(composer(page)).toBeFocused();
  const line = await ada.context.newCDPSession(page);
  await line.send('Performance.enable');
  await line.send('HeapProfiler.enable');
  await goesRound(page, 48);
  const before = await held(page, line);
  const seen = await goesRound(page, 150);
  const after = await held(page, line);
  expect(seen, 'of 150').toEqual({ late: 0, stale: 0 });
  expect(after.nodes - before.nodes, `${before.nodes} nodes at first`).toBeLessThan(before.nodes * 0.05);
  expect(after.listeners - before.listeners, `${before.listeners} listeners at first`).toBeLessThan(before.listeners * 0.05 + 10);
  // Its memory comes in pieces of 64 KiB.
  expect(after.program - before.program, `${before.program} bytes of the program at first`).toBeLessThan(2 ** 20);
  expect(after.heap - before.heap, `${before.heap} bytes at first`).toBeLessThan(before.heap * 0.1);
});

// Records the samples of browsers' HAR from server.py: Chromium, by Playwright.
//
//     PLAYWRIGHT_FROM=DIR/x.js node playwright.mjs http://127.0.0.1:8765 OUT_DIR
//
// DIR is where playwright-core and ws were installed. A page calls the server as an application would; for a sample with
// messages it also talks to a WebSocket server. Times and the local host are put right, so that a rerun is the same.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const require = createRequire(process.env.PLAYWRIGHT_FROM);
const { chromium } = require('playwright-core');
const { WebSocketServer } = require('ws');

const [base, out] = process.argv.slice(2);
const plan = await (await fetch(`${base}/_plan`)).json();

/** A server that says and expects what the sample's options have, in turn. */
function socket(messages) {
  const server = new WebSocketServer({ port: 8766 });
  server.on('connection', (client) => {
    let at = 0;
    const answer = () => {
      for (; at < messages.length && messages[at].received; at += 1) {
        const { received, binary } = messages[at];
        client.send(binary ? Buffer.from(JSON.stringify(received)) : JSON.stringify(received));
      }
    };
    answer();
    client.on('message', () => { at += 1; answer(); });
  });
  return server;
}

async function record(sample, n) {
  const file = path.join(out, sample.file);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets'] });
  const context = await browser.newContext({ recordHar: { path: file, content: sample.options.content ?? 'embed', mode: 'full' } });
  const page = await context.newPage();
  const local = `${base}/${n}`;
  await page.route('**/page', (route) => route.fulfill({ contentType: 'text/html', body: '<title>kite</title>' }));
  await page.goto(`${base}/page`);
  for (const [i, request] of sample.requests.entries()) {
    await page.evaluate(async ([url, { method, headers, body }]) => {
      const answer = await fetch(url, { method, headers, body: body ?? undefined });
      await answer.arrayBuffer();
    }, [`${local}/${i}${request.path}`, request]);
  }
  const messages = sample.options.messages ?? [];
  const server = messages.length ? socket(messages) : null;
  if (server) {
    await page.evaluate(async ([address, sent, expected]) => {
      const client = new WebSocket(address);
      let received = 0;
      await new Promise((resolve, reject) => {
        client.onerror = () => reject(new Error('the socket failed'));
        client.onopen = () => sent.forEach((message) => client.send(JSON.stringify(message)));
        client.onmessage = () => { received += 1; if (received === expected) resolve(); };
      });
      client.close();
    }, ['ws://127.0.0.1:8766/v1/realtime', messages.filter((each) => each.sent).map((each) => each.sent), messages.filter((each) => each.received).length]);
  }
  await context.close();
  await browser.close();
  server?.close();
  const har = putRight(fs.readFileSync(file, 'utf8'), sample, local);
  fs.writeFileSync(file, har);
  // Bodies that no entry names any more are those of the page.
  const attached = fs.readdirSync(path.dirname(file)).filter((name) => /^[0-9a-f]{40}\./.test(name));
  attached.filter((name) => !har.includes(name)).forEach((name) => fs.rmSync(path.join(path.dirname(file), name)));
  console.log(file);
}

/** The provider's host in place of the local one, without the page itself, and a fixed clock. */
function putRight(text, sample, local) {
  for (let i = 0; i < 10; i += 1) text = text.replaceAll(`${local}/${i}`, sample.host);
  const har = JSON.parse(text);
  har.log.entries = har.log.entries.filter((entry) => !entry.request.url.endsWith('/page'));
  const host = new URL(sample.host).host;
  for (const [at, entry] of har.log.entries.entries()) {
    entry.startedDateTime = `2025-10-09T08:53:${20 + at}.000Z`;
    entry.time = 150;
    entry._monotonicTime = 2600 + at;
    if (entry._frameref) entry._frameref = 'frame@0001';
    entry.timings = { dns: -1, connect: -1, ssl: -1, send: 0, wait: 140, receive: 10 };
    delete entry.serverIPAddress;
    delete entry._serverPort;
    entry.request.url = entry.request.url.replace(/^ws:\/\/127\.0\.0\.1:\d+/, `wss://${host}`);
    entry.request.headers = entry.request.headers.filter(({ name }) => !/^(sec-|referer|origin|user-agent)/i.test(name));
    for (const header of entry.request.headers) if (/^host$/i.test(header.name)) header.value = host;
    for (const message of entry._webSocketMessages ?? []) message.time = 1760000000 + at;
  }
  for (const [at, page] of (har.log.pages ?? []).entries()) {
    Object.assign(page, { startedDateTime: `2025-10-09T08:53:${20 + at}.000Z`, pageTimings: { onContentLoad: 1, onLoad: 2 } });
    page.id = 'page@0001';
  }
  for (const entry of har.log.entries) if (entry.pageref) entry.pageref = 'page@0001';
  return `${JSON.stringify(har, null, 2)}\n`;
}

for (const [n, sample] of plan.entries()) if (sample.recorder === 'playwright') await record(sample, n);

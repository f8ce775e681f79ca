// Records the nock samples from server.py with the nock that is installed: 14, or 13 (headers in turn).
//
//     npm install nock
//     NOCK_FROM=DIR/x.js node nock.mjs http://127.0.0.1:8765 OUT_DIR
import fs from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(process.env.NOCK_FROM ?? import.meta.url)
const nock = require('nock')
const version = 'nock-' + require('nock/package.json').version.split('.')[0]
const [base, out] = process.argv.slice(2)

function get(url) {
  return new Promise((resolve) => {
    http.get(url, (response) => {
      const parts = []
      response.on('data', (part) => parts.push(part)).on('end', () => resolve(JSON.parse(Buffer.concat(parts))))
    })
  })
}

function send(url, { method, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => response.on('data', () => {}).on('end', resolve))
    request.on('error', reject)
    request.end(body ?? undefined)
  })
}

// The provider's host goes where the local server's is.
function afterRecord(host) {
  return (entries) => entries.map((entry) => ({
    ...entry, scope: `${host}:443`, path: entry.path.replace(/^\/\d+\/\d+/, ''),
  }))
}

const plan = await get(`${base}/_plan`)
nock.back.setMode('record')
for (const [n, sample] of plan.entries()) {
  if (sample.recorder !== version) continue
  const file = path.join(out, sample.file)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.rmSync(file, { force: true })
  nock.back.fixtures = path.dirname(file)
  const { nockDone } = await nock.back(path.basename(file), { afterRecord: afterRecord(sample.host) })
  for (const [i, request] of sample.requests.entries()) {
    await send(`${base}/${n}/${i}${request.path}`, request)
  }
  nockDone()
  console.log(file)
}

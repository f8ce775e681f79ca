// Records the polly samples from server.py with the Polly.js that is installed: 6, or 5 (chunks in hex).
//
//     npm install @pollyjs/core @pollyjs/adapter-node-http @pollyjs/persister-fs yaml
//     NODE_PATH=… node polly.mjs http://127.0.0.1:8765 OUT_DIR
import fs from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import zlib from 'node:zlib'

const require = createRequire(process.env.POLLY_FROM ?? import.meta.url)
const { Polly } = require('@pollyjs/core')
const Adapter = require('@pollyjs/adapter-node-http')
const Persister = require('@pollyjs/persister-fs')
const version = 'polly-' + require('@pollyjs/core/package.json').version.split('.')[0]
const [base, out] = process.argv.slice(2)

// Writes each recording to the file it is meant for. Version 5 calls the hooks without `on`.
class FilePersister extends Persister {
  static get id() { return 'file' }
  text(recording) { return JSON.stringify(JSON.parse(this.stringify(recording)), null, 2) + '\n' }
  onSaveRecording(id, recording) { fs.writeFileSync(this.options.path, this.text(recording)) }
  onFindRecording() { return null }
}
if (version === 'polly-5') {
  FilePersister.prototype.saveRecording = FilePersister.prototype.onSaveRecording
  FilePersister.prototype.findRecording = FilePersister.prototype.onFindRecording
}

// In the way of Cody's persister: YAML with its keys sorted, JSON requests parsed.
class YamlPersister extends FilePersister {
  static get id() { return 'yaml' }
  text(recording) {
    for (const { request } of recording.log.entries) {
      request.postData.textJSON = JSON.parse(request.postData.text)
      delete request.postData.text
    }
    return require('yaml').stringify(recording, undefined, { sortMapEntries: true })
  }
}

Polly.register(Adapter)
Polly.register(YamlPersister)
Polly.register(FilePersister)

function send(url, { method, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => response.resume().on('end', resolve))
    request.on('error', reject)
    if (body !== null) request.write(body)
    request.end()
  })
}

const plan = await new Promise((resolve) => {
  http.get(`${base}/_plan`, (response) => {
    const parts = []
    response.on('data', (part) => parts.push(part)).on('end', () => resolve(JSON.parse(Buffer.concat(parts))))
  })
})

for (const [n, sample] of plan.entries()) {
  if (sample.recorder !== version) continue
  const file = path.join(out, sample.file)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const persister = sample.options.persister ?? 'file'
  const polly = new Polly(path.basename(file).split('.')[0], {
    adapters: ['node-http'], persister, persisterOptions: { [persister]: { path: file } },
    mode: 'record', flushRequestsOnStop: true, logLevel: 'silent', recordFailedRequests: true,
  })
  // A fixed clock, and the provider's host where the local server's is.
  polly.server.any().on('beforePersist', (_, entry) => {
    Object.assign(entry, { startedDateTime: '2025-10-09T08:53:20.000Z', time: 120 })
    entry.timings = { blocked: -1, connect: -1, dns: -1, receive: 0, send: 0, ssl: -1, wait: 120 }
    entry.request.url = entry.request.url.replace(new RegExp(`^${base}/\\d+/\\d+`), sample.host)
    for (const header of entry.request.headers) {
      if (header.name === 'host') header.value = new URL(sample.host).host
    }
    if (sample.options.rewrite) {
      // As tools do that censor recordings: the text is put in place, the label stays.
      const { content } = entry.response
      const bytes = Buffer.concat(JSON.parse(content.text).map((chunk) => Buffer.from(chunk, 'base64')))
      content.text = zlib.gunzipSync(bytes).toString()
    }
  })
  for (const [i, request] of sample.requests.entries()) {
    await send(`${base}/${n}/${i}${request.path}`, request)
  }
  await polly.stop()
  console.log(file)
}

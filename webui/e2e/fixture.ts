// A server that answers as Locust does, with made-up numbers: as many names as wanted, no load.
import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const DIST = fileURLToPath(new URL('../../src/locust/web/dist', import.meta.url))
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const PERCENTILES = [0.5, 0.95, 0.99]
const BOUNDS = [0, ...Array.from({ length: 120 }, (_, index) => 0.1 * 10 ** (index / 20))]
const HISTORY_S = Number(process.env.HISTORY_S ?? 600)

const idOf = (index: number) => index.toString(16).padStart(16, '0')

function rowOf(index: number, second: number) {
  const requests = 100 * second + index
  const base = 5 + (index % 97)
  return {
    id: idOf(index),
    method: index % 3 === 0 ? 'POST' : 'GET',
    name: `/catalogue/item/${String(index)}?with=details`,
    requests,
    failures: index % 40 === 7 ? Math.floor(requests / 50) : 0,
    average_ms: base * 1.2,
    min_ms: base / 4,
    max_ms: base * 30,
    percentiles_ms: [base, base * 3, base * 8],
    average_bytes: 1200 + index,
    current_rps: 10 + (index % 13) + Math.sin(second / 5),
    current_failures_per_s: index % 40 === 7 ? 0.2 : 0,
    total_rps: 10,
    total_failures_per_s: 0.2,
  }
}

const totalOf = (second: number, names: number) => ({
  ...rowOf(1, second),
  id: 'total',
  method: '',
  name: 'Aggregated',
  requests: 100 * second * names,
  failures: second * 3,
})

function heatOf(second: number) {
  const middle = 42 + Math.round(6 * Math.sin(second / 40))
  return Array.from({ length: 24 }, (_, index) => [middle - 6 + index, 200 * Math.exp(-((index - 6) ** 2) / 18)])
}

const latencyAt = (second: number) => 12 + 6 * Math.sin(second / 40)

const pointOf = (endpoint: string, time: number) => ({
  endpoint,
  run: 2,
  time,
  rps: 1000 + 200 * Math.sin(time / 30),
  failures_per_s: 3 + Math.sin(time / 20),
  average_ms: latencyAt(time),
  percentiles_ms: PERCENTILES.map((_, index) => latencyAt(time) * (1 + 2 * index)),
  users: 100,
  heat: heatOf(time),
})

function seriesOf(endpoint: string, from: number, to: number) {
  const points = Array.from({ length: Math.max(0, to - from) }, (_, index) => pointOf(endpoint, from + index))
  return {
    endpoint,
    method: 'GET',
    name: endpoint,
    step_s: 1,
    time: points.map(({ time }) => time),
    rps: points.map(({ rps }) => rps),
    failures_per_s: points.map(({ failures_per_s }) => failures_per_s),
    average_ms: points.map(({ average_ms }) => average_ms),
    percentiles_ms: PERCENTILES.map((_, index) => points.map(({ percentiles_ms }) => percentiles_ms[index])),
    users: points.map(({ users }) => users),
    heat: points.map(({ heat }) => heat),
  }
}

function stateOf(startedAt: number) {
  return {
    state: 'running',
    is_paused: false,
    run: 2,
    started_at: startedAt,
    stopped_at: null,
    time: Date.now() / 1000,
    user_count: 100,
    target_user_count: 100,
    spawn_rate: 10,
    users_by_class: { Visitor: 90, Buyer: 10 },
    host: 'https://shop.example',
    profile: null,
    run_time_s: null,
    shape_class: null,
    worker_count: 2,
    cpu_percent: 40,
    memory_bytes: 9e7,
    warnings: [],
  }
}

const runOf = (run: number, startedAt: number) => ({
  run,
  started_at: startedAt,
  stopped_at: null,
  host: null,
  profile: run === 1 ? 'before' : null,
  user_count: 100,
  requests: 1,
  failures: 0,
  endpoints: [],
})

function snapshotOf(names: number, startedAt: number, second: number) {
  return {
    version: '0.0.0',
    locustfile: 'locustfile.py',
    is_distributed: true,
    percentiles: PERCENTILES,
    latency_bounds_ms: BOUNDS,
    state: stateOf(startedAt),
    statistics: {
      rows: Array.from({ length: names }, (_, index) => rowOf(index, second)),
      total: totalOf(second, names),
    },
    errors: Array.from({ length: Math.max(12, names / 5) }, (_, index) => ({
      id: String(index),
      endpoint: idOf(index * 40 + 7),
      method: 'GET',
      name: `/catalogue/item/${String(index * 40 + 7)}`,
      error: `HTTPError('500 Server Error: <img src=x onerror=alert(1)> for url: /catalogue/item/${String(index)}')`,
      occurrences: 3 + index,
      first_seen: startedAt + index,
      last_seen: startedAt + 60 + index,
    })),
    exceptions: [
      {
        id: 'one',
        count: 4,
        message: "KeyError('token')",
        traceback:
          'Traceback (most recent call last):\n  File "locustfile.py", line 12, in buy\n    token = page["token"]\nKeyError: \'token\'\n',
        nodes: ['local'],
      },
    ],
    workers: [0, 1].map((index) => ({
      id: `host_${String(index)}`,
      index,
      state: index === 0 ? 'running' : 'missing',
      user_count: 50,
      users_by_class: { Visitor: 45, Buyer: 5 },
      cpu_percent: 40 + 55 * index,
      memory_bytes: 8e7,
    })),
    logs: [
      {
        node: 'master',
        lines: [
          '[2026-01-01 10:00:00,000] host/INFO/locust.main: Starting Locust',
          '[2026-01-01 10:00:05,000] host/WARNING/locust.runners: Worker host_1 failed to send heartbeat',
          '[2026-01-01 10:00:06,000] host/ERROR/locust.user.task: boom',
        ],
      },
    ],
    marks: [
      { id: 1, run: 2, time: startedAt, kind: 'start', text: '100 users at 10 per second' },
      { id: 2, run: 2, time: startedAt + 200, kind: 'load', text: 'Load changed to 200 users' },
      { id: 3, run: 2, time: startedAt + 400, kind: 'worker-lost', text: 'Worker host_1 is lost' },
    ],
    extended_stats: [],
  }
}

/** Starts it on a free port (or the one given). */
export async function startFixture(names: number, port = 0): Promise<{ url: string; server: Server }> {
  const startedAt = Math.floor(Date.now() / 1000) - HISTORY_S
  const secondNow = () => Math.floor(Date.now() / 1000) - startedAt
  const json = (response: ServerResponse, value: unknown) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(value))
  }
  const stream = (response: ServerResponse, endpoints: string[]) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    const send = (event: string, value: unknown) =>
      response.write(`event: ${event}\ndata: ${JSON.stringify(value)}\n\n`)
    send('snapshot', snapshotOf(names, startedAt, secondNow()))
    const timer = setInterval(() => {
      const second = secondNow()
      const rows = Array.from({ length: Math.min(names, 1000) }, (_, index) =>
        rowOf((second * 1000 + index) % names, second),
      )
      send('stats', { rows, total: totalOf(second, names), pending: 0 })
      for (const endpoint of ['total', ...endpoints]) send('point', pointOf(endpoint, startedAt + second))
    }, 1000)
    response.on('close', () => {
      clearInterval(timer)
    })
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const endpoints = url.searchParams.getAll('endpoint')
    if (url.pathname === '/api/v2/stream') stream(response, endpoints)
    else if (url.pathname === '/api/v2/runs')
      json(response, { runs: [runOf(1, startedAt - 2000), runOf(2, startedAt)] })
    else if (url.pathname === '/api/v2/series') {
      const run = Number(url.searchParams.get('run') ?? 2)
      const from = run === 1 ? startedAt - 2000 : startedAt
      const to = run === 1 ? from + 500 : startedAt + secondNow()
      json(response, { run: runOf(run, from), series: endpoints.map((one) => seriesOf(one, from, to)), marks: [] })
    } else if (url.pathname === '/api/v2/ratio') {
      const node = { ratio: 1, tasks: { browse: { ratio: 0.75 }, buy: { ratio: 0.25 } } }
      json(response, { per_class: { Visitor: node }, total: { Visitor: node } })
    } else if (url.pathname === '/api/v2/downloads') {
      json(response, { downloads: [{ title: 'Requests as CSV', url: 'stats/requests/csv' }] })
    } else {
      const file = url.pathname === '/' ? 'index.html' : url.pathname.slice(1)
      try {
        response.setHeader('Content-Type', TYPES[extname(file)] ?? 'text/html')
        response.end(readFileSync(join(DIST, file)))
      } catch {
        response.writeHead(404).end()
      }
    }
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`, server }
}

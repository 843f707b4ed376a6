import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { LiveStore, mergeRows } from './live'
import type { PointEvent, Series, Snapshot, StatsRow } from './types'

class FakeSource {
  static last: FakeSource
  static readonly CLOSED = 2
  readyState = 1
  onopen?: () => void
  onerror?: () => void
  private readonly listeners = new Map<string, (event: { data: string; lastEventId: string }) => void>()
  readonly url: string

  constructor(url: string) {
    this.url = url
    FakeSource.last = this
  }

  addEventListener(name: string, listener: (event: { data: string; lastEventId: string }) => void) {
    this.listeners.set(name, listener)
  }

  close() {
    this.readyState = FakeSource.CLOSED
  }

  send(name: string, value: unknown, lastEventId = '') {
    this.listeners.get(name)?.({ data: JSON.stringify(value), lastEventId })
  }
}

const row = (id: string, requests: number) => ({ id, requests }) as StatsRow

function snapshot(run: number, rows: StatsRow[] = []): Snapshot {
  return {
    version: '3',
    locustfile: 'locustfile.py',
    is_distributed: false,
    percentiles: [0.5],
    latency_bounds_ms: [0, 1],
    state: { run, state: 'running' } as Snapshot['state'],
    statistics: { rows, total: row('total', 0) },
    errors: [],
    exceptions: [],
    workers: [],
    logs: [{ node: 'master', lines: ['one'] }],
    marks: [],
    extended_stats: [],
  }
}

const series = (endpoint: string): Series => ({
  endpoint,
  method: '',
  name: '',
  step_s: 1,
  time: [10],
  rps: [1],
  failures_per_s: [0],
  average_ms: [1],
  percentiles_ms: [[1]],
  users: [1],
  heat: [[]],
})

const point = (run: number, time: number) =>
  ({
    endpoint: 'total',
    run,
    time,
    rps: 2,
    failures_per_s: 0,
    average_ms: 1,
    percentiles_ms: [3],
    users: 1,
    heat: [],
  }) as PointEvent

const asked: string[] = []

beforeEach(() => {
  vi.stubGlobal('EventSource', FakeSource)
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url)
    if (url.includes('/api/v2/run')) return Promise.resolve(new Response('{}', { status: 401 }))
    const endpoints = new URL(url).searchParams.getAll('endpoint')
    return Promise.resolve(Response.json({ run: {}, series: endpoints.map(series), marks: [] }))
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
  asked.length = 0
})

const live = (store: LiveStore) => {
  const value = store.getLive()
  if (!value) throw new Error('nothing came')
  return value
}

it('changed rows take the places of old ones, new ones come last', () => {
  const index = new Map([['a', 0]])

  const merged = mergeRows([row('a', 1)], index, [row('b', 5), row('a', 2)])

  expect(merged).toEqual([row('a', 2), row('b', 5)])
  expect(mergeRows(merged, index, [])).toBe(merged)
})

it('events change only their part', () => {
  const store = new LiveStore()
  store.connect()
  FakeSource.last.send('snapshot', snapshot(1, [row('a', 1)]))
  const before = live(store)

  FakeSource.last.send('stats', { rows: [row('a', 2)], total: row('total', 2), pending: 0 })
  FakeSource.last.send('log', { node: 'w1', lines: ['two'] })

  expect(live(store).rows).toEqual([row('a', 2)])
  expect(live(store).errors).toBe(before.errors)
  expect([...live(store).logs]).toEqual([
    ['master', ['one']],
    ['w1', ['two']],
  ])
})

it('points go on where the series ended, those of another run do not', async () => {
  const store = new LiveStore()
  store.connect()
  FakeSource.last.send('snapshot', snapshot(1))
  await vi.waitFor(() => {
    expect(live(store).series.get('total')?.time).toEqual([10])
  })

  FakeSource.last.send('point', point(1, 11))
  FakeSource.last.send('point', point(2, 12))

  expect(live(store).series.get('total')?.time).toEqual([10, 11])
})

it('a new run replaces all that was known', async () => {
  const store = new LiveStore()
  store.connect()
  FakeSource.last.send('snapshot', snapshot(1, [row('a', 1)]))
  await vi.waitFor(() => {
    expect(live(store).series.size).toBe(1)
  })

  FakeSource.last.send('snapshot', snapshot(2))

  expect(live(store).rows).toEqual([])
  expect(live(store).series.size).toBe(0)
})

it('following an endpoint resumes the stream where it was', () => {
  const store = new LiveStore()
  store.connect()
  FakeSource.last.send('snapshot', snapshot(1), '7-3')
  const first = FakeSource.last

  store.follow(['total', '00000000000000ab'])

  expect(first.readyState).toBe(FakeSource.CLOSED)
  const query = new URL(FakeSource.last.url).searchParams
  expect(query.getAll('endpoint')).toEqual(['00000000000000ab'])
  expect(query.get('last_event_id')).toBe('7-3')
})

it('a refused stream says so when a login is wanted', async () => {
  const store = new LiveStore()
  store.connect()
  FakeSource.last.close()

  FakeSource.last.onerror?.()

  await vi.waitFor(() => {
    expect(store.getConnection()).toBe('logged-out')
  })
})

it('a page that nobody sees lets go of the stream, and takes it up again', () => {
  vi.useFakeTimers()
  let isHidden = true
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => isHidden)
  const store = new LiveStore()
  store.connect()
  store.watchVisibility()
  FakeSource.last.send('snapshot', snapshot(1), '1-9')
  const first = FakeSource.last

  document.dispatchEvent(new Event('visibilitychange'))
  vi.runOnlyPendingTimers()
  expect(first.readyState).toBe(FakeSource.CLOSED)
  isHidden = false
  document.dispatchEvent(new Event('visibilitychange'))

  expect(new URL(FakeSource.last.url).searchParams.get('last_event_id')).toBe('1-9')
  vi.useRealTimers()
})

// The live run: one stream of events, kept as one immutable value that components read parts of.
import { useSyncExternalStore } from 'react'

import { addPoint, columnsOf, type Columns } from '../lib/series'
import { api, ApiError, urlOf } from './client'
import type {
  ErrorRow,
  ExceptionRow,
  ExtendedStats,
  Mark,
  RunState,
  Snapshot,
  StatsRow,
  StreamEvents,
  WorkerRow,
} from './types'

export const TOTAL = 'total'
const MAX_LOG_LINES = 500
// The server puts points together from 3600 on; those that came since then are asked for anew now and then.
const MOST_POINTS = 4200
const HIDDEN_REST_MS = 30_000

/** Everything known about the run. A part that did not change stays the same object. */
export interface Live {
  version: string
  locustfile: string | null
  isDistributed: boolean
  percentiles: number[]
  latencyBounds: number[]
  state: RunState
  rows: readonly StatsRow[]
  total: StatsRow
  errors: readonly ErrorRow[]
  exceptions: readonly ExceptionRow[]
  workers: readonly WorkerRow[]
  logs: ReadonlyMap<string, readonly string[]>
  marks: readonly Mark[]
  extendedStats: ExtendedStats
  series: ReadonlyMap<string, Columns>
}

export type Connection = 'connecting' | 'live' | 'lost' | 'logged-out'

interface Identified {
  id: string
}

/** New rows in, changed rows in the place of the old ones. */
export function mergeRows<Row extends Identified>(
  rows: readonly Row[],
  indexOf: Map<string, number>,
  changes: readonly Row[],
): readonly Row[] {
  if (changes.length === 0) return rows
  const merged = rows.slice()
  for (const change of changes) {
    const index = indexOf.get(change.id)
    if (index === undefined) {
      indexOf.set(change.id, merged.length)
      merged.push(change)
    } else {
      merged[index] = change
    }
  }
  return merged
}

const indexed = (rows: readonly Identified[]) => new Map(rows.map((row, index) => [row.id, index]))

export function liveOf(snapshot: Snapshot): Live {
  return {
    version: snapshot.version,
    locustfile: snapshot.locustfile,
    isDistributed: snapshot.is_distributed,
    percentiles: snapshot.percentiles,
    latencyBounds: snapshot.latency_bounds_ms,
    state: snapshot.state,
    rows: snapshot.statistics.rows,
    total: snapshot.statistics.total,
    errors: snapshot.errors,
    exceptions: snapshot.exceptions,
    workers: snapshot.workers,
    logs: new Map(snapshot.logs.map((log) => [log.node, log.lines])),
    marks: snapshot.marks,
    extendedStats: snapshot.extended_stats,
    series: new Map(),
  }
}

/** Follows the server's stream; components subscribe to it. */
export class LiveStore {
  private live: Live | undefined
  private connection: Connection = 'connecting'
  private source: EventSource | undefined
  private endpoints: readonly string[] = []
  private lastEventId = ''
  private indexes = {
    rows: new Map<string, number>(),
    errors: new Map<string, number>(),
    exceptions: new Map<string, number>(),
  }
  private readonly listeners = new Set<() => void>()
  private latestLoad: symbol | undefined
  private retry: ReturnType<typeof setTimeout> | undefined

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }
  readonly getLive = () => this.live
  readonly getConnection = () => this.connection

  /** Opens the stream; again when it's lost. */
  connect(): void {
    this.close()
    const query = new URLSearchParams(this.endpoints.map((endpoint) => ['endpoint', endpoint]))
    if (this.lastEventId) query.set('last_event_id', this.lastEventId)
    const source = new EventSource(urlOf(`api/v2/stream?${query.toString()}`))
    this.source = source
    source.onopen = () => {
      this.setConnection('live')
    }
    source.onerror = () => {
      void this.lost(source)
    }
    const on = <Name extends keyof StreamEvents>(name: Name, take: (value: StreamEvents[Name]) => void) => {
      source.addEventListener(name, (event) => {
        this.lastEventId = event.lastEventId || this.lastEventId
        take(JSON.parse(event.data as string) as StreamEvents[Name])
      })
    }
    on('snapshot', (snapshot) => {
      this.takeSnapshot(snapshot)
    })
    on('state', (state) => {
      this.change({ state })
    })
    on('stats', ({ rows, total }) => {
      if (this.live) this.change({ rows: mergeRows(this.live.rows, this.indexes.rows, rows), total })
    })
    on('errors', (errors) => {
      if (this.live) this.change({ errors: mergeRows(this.live.errors, this.indexes.errors, errors) })
    })
    on('exceptions', (exceptions) => {
      if (this.live) this.change({ exceptions: mergeRows(this.live.exceptions, this.indexes.exceptions, exceptions) })
    })
    on('workers', (workers) => {
      this.change({ workers })
    })
    on('extended_stats', (extendedStats) => {
      this.change({ extendedStats })
    })
    on('log', ({ node, lines }) => {
      if (!this.live) return
      const logs = new Map(this.live.logs)
      logs.set(node, [...(logs.get(node) ?? []), ...lines].slice(-MAX_LOG_LINES))
      this.change({ logs })
    })
    on('mark', (mark) => {
      if (this.live) this.change({ marks: [...this.live.marks, mark] })
    })
    on('point', (point) => {
      const columns = this.live?.series.get(point.endpoint)
      if (!this.live || !columns || point.run !== columns.run) return
      this.change({ series: new Map(this.live.series).set(point.endpoint, addPoint(columns, point)) })
      if (columns.time.length > MOST_POINTS && !this.latestLoad) void this.loadSeries()
    })
  }

  close(): void {
    clearTimeout(this.retry)
    this.source?.close()
    this.source = undefined
  }

  /** Lets go of the stream while nobody looks: a browser has only six connections to a server, a server many viewers. */
  watchVisibility(): void {
    let rest: ReturnType<typeof setTimeout> | undefined
    document.addEventListener('visibilitychange', () => {
      clearTimeout(rest)
      if (document.hidden) {
        rest = setTimeout(() => {
          this.close()
        }, HIDDEN_REST_MS)
      } else if (!this.source) {
        this.connect()
      }
    })
  }

  /** Says whose course is to be followed besides the total's. */
  follow(endpoints: readonly string[]): void {
    const wanted = endpoints.filter((endpoint) => endpoint !== TOTAL)
    if (wanted.join() === this.endpoints.join()) return
    this.endpoints = wanted
    this.connect()
    void this.loadSeries()
  }

  private takeSnapshot(snapshot: Snapshot): void {
    const isSameRun = this.live?.state.run === snapshot.state.run
    const series = isSameRun ? this.live?.series : undefined
    this.live = { ...liveOf(snapshot), ...(series && { series }) }
    this.indexes = {
      rows: indexed(this.live.rows),
      errors: indexed(this.live.errors),
      exceptions: indexed(this.live.exceptions),
    }
    this.tell()
    void this.loadSeries()
  }

  private async loadSeries(): Promise<void> {
    const run = this.live?.state.run
    if (!run) return
    const load = (this.latestLoad = Symbol('load'))
    try {
      const answer = await api.series([TOTAL, ...this.endpoints], run)
      if (this.live?.state.run !== run || this.latestLoad !== load) return
      const series = new Map<string, Columns>()
      for (const one of answer.series) series.set(one.endpoint, columnsOf(one, run))
      this.change({ series })
    } catch {
      // The stream tells when the server is gone; the next snapshot tries again.
    } finally {
      if (this.latestLoad === load) this.latestLoad = undefined
    }
  }

  private async lost(source: EventSource): Promise<void> {
    this.setConnection('lost')
    // An answer other than 200 ends the stream for good: ask why.
    if (source.readyState !== EventSource.CLOSED || this.source !== source) return
    try {
      await api.run()
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.setConnection('logged-out')
        return
      }
    }
    this.retry = setTimeout(() => {
      this.connect()
    }, 2000)
  }

  private change(part: Partial<Live>): void {
    if (!this.live) return
    this.live = { ...this.live, ...part }
    this.tell()
  }

  private setConnection(connection: Connection): void {
    if (connection === this.connection) return
    this.connection = connection
    this.tell()
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }
}

export const liveStore = new LiveStore()

/** A part of the live run. Renders again only when that part changes. */
export function useLive<Part>(part: (live: Live) => Part): Part | undefined {
  return useSyncExternalStore(liveStore.subscribe, () => {
    const live = liveStore.getLive()
    return live && part(live)
  })
}

export function useConnection(): Connection {
  return useSyncExternalStore(liveStore.subscribe, liveStore.getConnection)
}

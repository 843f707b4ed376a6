// Calls to the server: a typed value, or an `ApiError` that says what to show.
import type {
  Config,
  Download,
  LoadRequest,
  Problem,
  Ratio,
  RunState,
  RunSummary,
  SeriesAnswer,
  StartRequest,
  UserClass,
  UserClassChange,
} from './types'

/** The server refused, or couldn't be reached. */
export class ApiError extends Error {
  readonly status: number
  /** What is wrong with single fields, by their path in the request. */
  readonly fields: ReadonlyMap<string, string>

  constructor(message: string, status: number, fields: ReadonlyMap<string, string> = new Map()) {
    super(message)
    this.status = status
    this.fields = fields
  }
}

/** Whatever was thrown, as an error to show. */
export function asApiError(reason: unknown): ApiError {
  return reason instanceof ApiError ? reason : new ApiError(String(reason), 0)
}

/** A path below the page, so that any base path of the server will do. */
export function urlOf(path: string): string {
  return new URL(path, document.baseURI).href
}

async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const request: RequestInit = { method, headers: { Accept: 'application/json' } }
  if (body !== undefined) {
    request.headers = { Accept: 'application/json', 'Content-Type': 'application/json' }
    request.body = JSON.stringify(body)
  }
  let response: Response
  try {
    response = await fetch(urlOf(path), request)
  } catch {
    throw new ApiError('The server does not answer. Is Locust still running?', 0)
  }
  if (!response.ok) throw await errorOf(response)
  return (await response.json()) as Answer
}

async function errorOf(response: Response): Promise<ApiError> {
  try {
    const problem = (await response.json()) as Problem
    const fields = new Map((problem.errors ?? []).map((error) => [error.field, error.detail]))
    return new ApiError(problem.detail || problem.title, response.status, fields)
  } catch {
    return new ApiError(`The server answered with status ${String(response.status)}`, response.status)
  }
}

const postState = (path: string, body?: unknown) => call<RunState>('POST', `api/v2/run/${path}`, body ?? {})

export const api = {
  config: () => call<Config>('GET', 'api/v2/config'),
  start: (request: StartRequest) => postState('start', request),
  load: (request: LoadRequest) => postState('load', request),
  stop: () => postState('stop'),
  pause: () => postState('pause'),
  resume: () => postState('resume'),
  reset: () => postState('reset'),
  run: () => call<unknown>('GET', 'api/v2/run'),
  runs: async () => (await call<{ runs: RunSummary[] }>('GET', 'api/v2/runs')).runs,
  series: (endpoints: readonly string[], run?: number) => {
    const query = new URLSearchParams(endpoints.map((endpoint) => ['endpoint', endpoint]))
    if (run !== undefined) query.set('run', String(run))
    return call<SeriesAnswer>('GET', `api/v2/series?${query.toString()}`)
  },
  ratio: () => call<Ratio>('GET', 'api/v2/ratio'),
  downloads: async () => (await call<{ downloads: Download[] }>('GET', 'api/v2/downloads')).downloads,
  changeUserClass: (name: string, change: UserClassChange) =>
    call<UserClass>('PATCH', `api/v2/users/${encodeURIComponent(name)}`, change),
}

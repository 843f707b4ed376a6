// Log lines: how important each is.

export type Level = 'debug' | 'info' | 'warning' | 'error'

const LEVELS: Record<string, Level> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'error',
}

/** From `[2026-01-01 10:00:00,000] host/LEVEL/logger: text`; lines of a traceback have none. */
export function levelOf(line: string): Level | undefined {
  const found = /^\[[^\]]*\] \S*?\/([A-Z]+)\//.exec(line)
  return found?.[1] === undefined ? undefined : LEVELS[found[1]]
}

/** Each line with its level; what follows a line without one of its own belongs to it. */
export function leveled(lines: readonly string[]): [string, Level][] {
  let level: Level = 'info'
  return lines.map((line) => {
    level = levelOf(line) ?? level
    return [line, level]
  })
}

// Numbers and times as people read them.

const wholeFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const tenthFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 })
const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})
const momentFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hour12: false })

const axisFormat = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, notation: 'compact' })

export const formatCount = (value: number) => wholeFormat.format(value)

export const formatRate = (value: number) => (value >= 100 ? wholeFormat.format(value) : tenthFormat.format(value))

/** A place on an axis: 500, 1.5K. */
export const formatAxis = (value: number) => axisFormat.format(value)

/** Milliseconds; small ones with as many places as matter. */
export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  if (value === 0) return '0'
  if (value < 10) return value.toPrecision(2)
  return wholeFormat.format(value)
}

export function formatBytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let rest = value
  let unit = 0
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000
    unit += 1
  }
  return `${unit === 0 || rest >= 100 ? wholeFormat.format(rest) : tenthFormat.format(rest)} ${units[unit] ?? ''}`
}

export function formatPercent(ratio: number): string {
  if (ratio > 0 && ratio < 0.001) return '<0.1 %'
  return `${(ratio * 100).toFixed(ratio > 0 && ratio < 0.1 ? 1 : 0)} %`
}

/** 0.95 → "95%", as upstream names its columns. */
export function percentileName(percentile: number): string {
  if (percentile === 0.5) return 'Median'
  return `${String(Number((percentile * 100).toFixed(3)))}%ile`
}

export const formatClock = (epochS: number) => clockFormat.format(epochS * 1000)

export const formatMoment = (epochS: number) => momentFormat.format(epochS * 1000)

/** 3725 → "1 h 2 min 5 s" */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ]
  const shown = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${String(amount)} ${unit}`)
  return shown.join(' ') || '0 s'
}

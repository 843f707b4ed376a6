// Lines over time.
import { useCallback, useMemo, useRef } from 'react'
import uPlot from 'uplot'

import type { Line, Mark } from '../lib/chartData'
import { ChartFrame } from './ChartFrame'
import { lineColour, useTheme } from './palette'
import { plotOptions, type Zoom } from './plot'
import { useLatest, usePlot } from './usePlot'

/** Lines that share one time axis of their own. */
export interface LineGroup {
  time: readonly number[]
  lines: readonly Line[]
}

interface Props {
  title: string
  groups: readonly LineGroup[]
  /** Seconds that a point stands for. */
  step: number
  marks: readonly Mark[]
  zoom: Zoom
  onZoom: (zoom: Zoom) => void
  formatValue: (value: number) => string
  syncKey: string
  height?: number
}

export function LineChart({ title, groups, step, marks, zoom, onZoom, formatValue, syncKey, height = 210 }: Props) {
  const target = useRef<HTMLDivElement>(null)
  const theme = useTheme()
  const shownMarks = useLatest(marks)
  const lines = groups.flatMap((group) => group.lines)
  // The chart is made anew only when its lines are others, not when they grow.
  const looks = JSON.stringify(
    lines.map(({ label, colour, isDashed, isFilled }) => ({ label, colour, isDashed, isFilled })),
  )
  const make = useCallback(
    (width: number): uPlot.Options => {
      const options = plotOptions({ theme, syncKey, marks: () => shownMarks.current, onZoom }, width, height)
      options.scales = {
        ...options.scales,
        y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
      }
      for (const { label, colour, isDashed, isFilled } of JSON.parse(looks) as Line[]) {
        const stroke = lineColour(theme, colour)
        options.series.push({
          label,
          stroke,
          width: 1.6,
          // A line needs two points to be seen.
          points: { show: (shown: uPlot) => shown.data[0].length < 3 },
          value: (_plot, value: number | null) => (value === null ? '–' : formatValue(value)),
          ...(isDashed && { dash: [6, 4] }),
          ...(isFilled && { fill: `${stroke}22` }),
        })
      }
      return options
    },
    [theme, syncKey, formatValue, onZoom, height, looks, shownMarks],
  )
  const data = useMemo(() => {
    const tables = groups.map(({ time, lines: own }) => [time, ...own.map(({ values }) => values)] as uPlot.AlignedData)
    const [first] = tables
    if (tables.length === 1 && first) return first
    return tables.length === 0 ? ([[]] as uPlot.AlignedData) : uPlot.join(tables)
  }, [groups])
  const plot = usePlot(target, make, data, zoom, step)
  return <ChartFrame title={title} summary={summaryOf(lines, formatValue)} plot={plot} target={target} />
}

function summaryOf(lines: readonly Line[], formatValue: (value: number) => string): string {
  return lines
    .map(({ label, values }) => {
      const last = values.findLast((value) => value !== null)
      return `${label} ${last === undefined || last === null ? 'nothing yet' : formatValue(last)}`
    })
    .join(', ')
}

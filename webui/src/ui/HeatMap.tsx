// How latencies spread over time: darker where more requests were.
import { useCallback, useMemo, useRef } from 'react'
import type uPlot from 'uplot'

import { bucketEdges, thinHeat, usedBuckets, type Mark } from '../lib/chartData'
import { formatClock, formatMs, formatRate } from '../lib/format'
import type { Columns } from '../lib/series'
import type { Theme } from '../lib/theme'
import { ChartFrame } from './ChartFrame'
import { heatColour, useTheme } from './palette'
import { plotOptions, type Zoom } from './plot'
import { useLatest, usePlot } from './usePlot'

const MOST_COLUMNS = 600

interface Props {
  title: string
  columns: Columns
  bounds: readonly number[]
  marks: readonly Mark[]
  zoom: Zoom
  onZoom: (zoom: Zoom) => void
  syncKey: string
  height?: number
}

export function HeatMap({ title, columns, bounds, marks, zoom, onZoom, syncKey, height = 230 }: Props) {
  const target = useRef<HTMLDivElement>(null)
  const pointed = useRef<HTMLParagraphElement>(null)
  const theme = useTheme()
  const picture = useMemo(() => pictureOf(columns, zoom), [columns, zoom])
  const latest = useLatest({ picture, marks, bounds })

  const make = useCallback(
    (width: number): uPlot.Options => {
      const options = plotOptions({ theme, syncKey, marks: () => latest.current.marks, onZoom }, width, height)
      options.scales = { ...options.scales, y: { distr: 3, range: () => rangeOf(latest.current) } }
      options.series.push({ label: 'Requests/s by latency (ms)', points: { show: false }, value: () => '' })
      options.legend = { show: false }
      options.hooks = {
        ...options.hooks,
        setCursor: [
          ...(options.hooks?.setCursor ?? []),
          (shown) => {
            if (pointed.current) pointed.current.textContent = cellText(shown, latest.current)
          },
        ],
        drawAxes: [
          (plot) => {
            drawCells(plot, latest.current, theme)
          },
        ],
      }
      return options
    },
    [theme, syncKey, onZoom, height, latest],
  )
  const data = useMemo<uPlot.AlignedData>(() => [columns.time, columns.time.map(() => null)], [columns])
  const plot = usePlot(target, make, data, zoom, columns.step)
  const edges = picture.range && [bucketEdges(bounds, picture.range[0])[0], bucketEdges(bounds, picture.range[1])[1]]
  const summary = edges ? `latencies from ${formatMs(edges[0])} to ${formatMs(edges[1])} ms` : 'nothing yet'
  return (
    <ChartFrame title={title} summary={summary} plot={plot} target={target}>
      <p ref={pointed} className="pointed" />
    </ChartFrame>
  )
}

interface Picture {
  time: number[]
  heat: Map<number, number>[]
  step: number
  range: [number, number] | undefined
  most: number
}

function pictureOf(columns: Columns, zoom: Zoom): Picture {
  const from = zoom ? columns.time.findIndex((time) => time >= zoom[0]) : 0
  const to = zoom ? columns.time.findLastIndex((time) => time <= zoom[1]) + 1 : columns.time.length
  const start = Math.max(0, from)
  const thin = thinHeat(columns.time.slice(start, to), columns.heat.slice(start, to), columns.step, MOST_COLUMNS)
  let most = 0
  for (const cells of thin.heat) for (const rate of cells.values()) most = Math.max(most, rate)
  return { ...thin, range: usedBuckets(thin.heat), most }
}

interface Shown {
  picture: Picture
  bounds: readonly number[]
}

function rangeOf({ picture, bounds }: Shown): [number, number] {
  if (!picture.range) return [1, 1000]
  return [bucketEdges(bounds, picture.range[0])[0], bucketEdges(bounds, picture.range[1])[1]]
}

/** What the cell under the pointer says. */
function cellText(plot: uPlot, { picture, bounds }: Shown): string {
  const { left = -1, top = -1 } = plot.cursor
  if (left < 0 || top < 0) return ''
  const column = picture.time.findLastIndex((start) => start <= plot.posToVal(left, 'x'))
  const start = picture.time[column]
  const bucket = bounds.findLastIndex((bound) => bound <= plot.posToVal(top, 'y'))
  if (start === undefined || bucket < 0) return ''
  const [lower, upper] = bucketEdges(bounds, bucket)
  const rate = picture.heat[column]?.get(bucket) ?? 0
  return `${formatClock(start)}: ${formatRate(rate)} requests/s from ${formatMs(lower)} to ${formatMs(upper)} ms`
}

function drawCells(plot: uPlot, { picture, bounds }: Shown, theme: Theme): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const [index, start] of picture.time.entries()) {
    const left = Math.round(plot.valToPos(start, 'x', true))
    const right = Math.round(plot.valToPos(start + picture.step, 'x', true))
    for (const [bucket, rate] of picture.heat[index] ?? []) {
      const [lower, upper] = bucketEdges(bounds, bucket)
      const top = Math.round(plot.valToPos(upper, 'y', true))
      const bottom = Math.round(plot.valToPos(lower, 'y', true))
      // The root keeps rare slow requests in sight beside many fast ones.
      ctx.fillStyle = heatColour(theme, Math.sqrt(rate / picture.most))
      ctx.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top))
    }
  }
  ctx.restore()
}

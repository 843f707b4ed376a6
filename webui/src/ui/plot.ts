// What line charts and heat maps share: axes in the theme's colours, marks on the time axis, zoom.
import uPlot from 'uplot'

import type { Mark } from '../lib/chartData'
import { formatAxis, formatClock } from '../lib/format'
import type { Theme } from '../lib/theme'
import { lineColour } from './palette'

/** The span of time in sight; null: all of it. */
export type Zoom = readonly [number, number] | null

const MARK_COLOURS: Record<string, number> = {
  start: 0,
  spawned: 0,
  resume: 0,
  stop: 1,
  'worker-lost': 1,
  cpu: 1,
}

function pageColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

export interface Frame {
  theme: Theme
  syncKey: string
  marks: () => readonly Mark[]
  onZoom: (zoom: Zoom) => void
}

function axis(): uPlot.Axis {
  return {
    stroke: pageColour('--muted'),
    grid: { stroke: pageColour('--line'), width: 1 },
    ticks: { stroke: pageColour('--line'), width: 1, size: 5 },
    font: '12px system-ui, sans-serif',
  }
}

/** Options of any chart; the caller adds its series and hooks. */
export function plotOptions(frame: Frame, width: number, height: number): uPlot.Options {
  return {
    width,
    height,
    cursor: {
      sync: { key: frame.syncKey },
      drag: { x: true, y: false, setScale: false },
      // Twice clicked shows all again.
      bind: {
        dblclick: () => () => {
          frame.onZoom(null)
          return null
        },
      },
    },
    legend: { live: true },
    scales: { x: { time: true } },
    axes: [
      // Hours of day, seconds included when they matter; the server's time, shown in the reader's zone.
      { ...axis(), values: '{HH}:{mm}:{ss}', space: 80, size: 30 },
      {
        ...axis(),
        size: 64,
        values: (_plot, values) => values.map((value) => (value === null ? '' : formatAxis(value))),
      },
    ],
    series: [{ value: '{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}', label: 'Time' }],
    hooks: {
      draw: [
        (plot) => {
          drawMarks(plot, frame)
        },
      ],
      setCursor: [
        (plot) => {
          const { left = -1 } = plot.cursor
          const near = frame.marks().find((mark) => Math.abs(plot.valToPos(mark.time, 'x') - left) < 6)
          plot.over.title = near ? `${formatClock(near.time)} ${near.text}` : ''
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select
          if (selected < 4) return
          frame.onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + selected, 'x')])
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    },
  }
}

function drawMarks(plot: uPlot, frame: Frame): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  for (const mark of frame.marks()) {
    const x = Math.round(plot.valToPos(mark.time, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    const colour = lineColour(frame.theme, MARK_COLOURS[mark.kind] ?? 2)
    ctx.strokeStyle = colour
    ctx.fillStyle = colour
    ctx.setLineDash([3 * devicePixelRatio, 4 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const size = 5 * devicePixelRatio
    ctx.beginPath()
    ctx.moveTo(x - size, bbox.top)
    ctx.lineTo(x + size, bbox.top)
    ctx.lineTo(x, bbox.top + size * 1.4)
    ctx.fill()
  }
  ctx.restore()
}

/** Shows that span, or everything there is; `step` is how long the last point goes on. */
export function showSpan(plot: uPlot, zoom: Zoom, time: ArrayLike<number>, step: number): void {
  const first = time[0]
  const last = time[time.length - 1]
  if (first === undefined || last === undefined) return
  plot.setScale('x', zoom ? { min: zoom[0], max: zoom[1] } : { min: first, max: last + step })
}

/** Hands the chart to the reader as a picture. */
export function savePicture(plot: uPlot, title: string): void {
  const { canvas } = plot.ctx
  const picture = document.createElement('canvas')
  picture.width = canvas.width
  picture.height = canvas.height
  const context = picture.getContext('2d')
  if (!context) return
  context.fillStyle = pageColour('--card')
  context.fillRect(0, 0, picture.width, picture.height)
  context.drawImage(canvas, 0, 0)
  picture.toBlob((blob) => {
    if (!blob) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = `${title.replaceAll(/[^\w-]+/g, '_')}.png`
    link.click()
    URL.revokeObjectURL(link.href)
  })
}

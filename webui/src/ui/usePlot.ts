// Keeps one uPlot chart in an element: made anew when its options change, fed when its values do.
import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

import { showSpan, type Zoom } from './plot'

// Two charts beside each other on A4 across; paper isn't laid out before it is printed.
const PAPER_WIDTH = 460

type Make = (width: number) => uPlot.Options

/** `make` and `data` must stay the same objects as long as they mean the same. */
export function usePlot(
  element: RefObject<HTMLElement | null>,
  make: Make,
  data: uPlot.AlignedData,
  zoom: Zoom,
  step: number,
): RefObject<uPlot | null> {
  const plot = useRef<uPlot>(null)
  const latest = useLatest({ data, zoom, step })

  useEffect(() => {
    const target = element.current
    if (!target) return
    const made = new uPlot(make(target.clientWidth || 600), latest.current.data, target)
    plot.current = made
    showSpan(made, latest.current.zoom, latest.current.data[0], latest.current.step)
    const fit = (width: number) => {
      if (width > 0 && width !== made.width) made.setSize({ width, height: made.height })
    }
    const fitScreen = () => {
      fit(target.clientWidth)
    }
    const fitPaper = () => {
      fit(PAPER_WIDTH)
    }
    const observer = new ResizeObserver(fitScreen)
    observer.observe(target)
    window.addEventListener('beforeprint', fitPaper)
    window.addEventListener('afterprint', fitScreen)
    return () => {
      observer.disconnect()
      window.removeEventListener('beforeprint', fitPaper)
      window.removeEventListener('afterprint', fitScreen)
      made.destroy()
      plot.current = null
    }
  }, [element, make, latest])

  useEffect(() => {
    plot.current?.batch((current: uPlot) => {
      current.setData(data, false)
      showSpan(current, zoom, data[0], step)
    })
  }, [data, zoom, step])
  return plot
}

/** A value to be read later, outside rendering. */
export function useLatest<Value>(value: Value): RefObject<Value> {
  const latest = useRef(value)
  useLayoutEffect(() => {
    latest.current = value
  })
  return latest
}

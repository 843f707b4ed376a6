// The figure around a chart: its title, a picture of it to keep, and where it is drawn.
import type { ReactNode, RefObject } from 'react'
import type uPlot from 'uplot'

import { savePicture } from './plot'

interface Props {
  title: string
  /** What a reader who can't see it is told. */
  summary: string
  plot: RefObject<uPlot | null>
  target: RefObject<HTMLDivElement | null>
  children?: ReactNode
}

export function ChartFrame({ title, summary, plot, target, children }: Props) {
  return (
    <figure className="chart card">
      <figcaption>
        {title}
        <button
          type="button"
          className="quiet small"
          aria-label={`Save ${title} as PNG`}
          onClick={() => {
            if (plot.current) savePicture(plot.current, title)
          }}
        >
          PNG
        </button>
      </figcaption>
      <div ref={target} role="img" aria-label={`${title}: ${summary}`} />
      {children}
    </figure>
  )
}

// Colours of lines and of the heat map, for both themes. Told apart by people who see red and green alike, too.
import { useSyncExternalStore } from 'react'

import { currentTheme, type Theme } from '../lib/theme'

const LINES: Record<Theme, readonly string[]> = {
  light: ['#0f7a3d', '#c0261c', '#0b5cad', '#2a78b8', '#b45309', '#7c3aed', '#0e7490', '#a21caf', '#4d5b53'],
  dark: ['#4cc07c', '#ff8f85', '#6fb1ff', '#7cc0f5', '#f5b95c', '#b9a0ff', '#5fd0e0', '#f08be6', '#a3b3aa'],
}

const HEAT: Record<Theme, readonly [number, number, number][]> = {
  light: [
    [226, 240, 217],
    [120, 198, 130],
    [20, 120, 90],
    [8, 48, 80],
  ],
  dark: [
    [24, 48, 60],
    [22, 110, 100],
    [120, 200, 90],
    [253, 231, 60],
  ],
}

export const lineColour = (theme: Theme, index: number) => LINES[theme][index % LINES[theme].length] ?? '#888'

/** `share` between 0 and 1. */
export function heatColour(theme: Theme, share: number): string {
  const stops = HEAT[theme]
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1)
  const from = stops[Math.floor(place)] ?? [0, 0, 0]
  const to = stops[Math.ceil(place)] ?? from
  const mix = [0, 1, 2].map((part) =>
    Math.round((from[part] ?? 0) + ((to[part] ?? 0) - (from[part] ?? 0)) * (place % 1)),
  )
  return `rgb(${mix.join(' ')})`
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    window.addEventListener('themechange', listener)
    return () => {
      window.removeEventListener('themechange', listener)
    }
  }, currentTheme)
}

// Switches between light and dark.
import { useState } from 'react'

import { applyTheme, currentTheme } from '../lib/theme'

export function ThemeButton() {
  const [theme, setTheme] = useState(currentTheme)
  const other = theme === 'dark' ? 'light' : 'dark'
  return (
    <button
      type="button"
      className="quiet"
      aria-label={`Switch to ${other} colours`}
      onClick={() => {
        applyTheme(other, true)
        setTheme(other)
      }}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true" className="icon">
        <path d="M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18" fill="none" stroke="currentColor" strokeWidth="2" />
        <path d="M12 3a9 9 0 0 0 0 18z" fill="currentColor" />
      </svg>
    </button>
  )
}

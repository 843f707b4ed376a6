// Light or dark: what was chosen, otherwise what the system wants.

export type Theme = 'light' | 'dark'

/** The choice so far; a page that may not store anything has none. */
function stored(): string | null {
  try {
    return localStorage.getItem('theme')
  } catch {
    return null
  }
}

export function currentTheme(): Theme {
  const choice = document.documentElement.dataset['theme'] ?? stored()
  if (choice === 'light' || choice === 'dark') return choice
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

export function applyTheme(theme: Theme, isChoice: boolean): void {
  document.documentElement.dataset['theme'] = theme
  if (isChoice) {
    try {
      localStorage.setItem('theme', theme)
    } catch {
      // It holds for this page only.
    }
  }
  window.dispatchEvent(new Event('themechange'))
}

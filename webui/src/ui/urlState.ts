// State that lives in the page's address, so that a link shows what its sender saw.
import { useCallback, useSyncExternalStore } from 'react'

// A report that was opened from disk keeps it to itself: such a page can't change its address everywhere.
const isFile = location.protocol === 'file:'
let memory = new URLSearchParams(location.search)

const query = () => (isFile ? memory : new URLSearchParams(location.search))

const listeners = new Set<() => void>()

function tell() {
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

/** A value of the address's query. `isPlace`: changing it is a step that the back button undoes. */
export function useUrlState(key: string, initial: string, isPlace = false): [string, (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => query().get(key) ?? initial)
  const set = useCallback(
    (next: string) => {
      if (isFile) {
        memory = new URLSearchParams(memory)
        memory.set(key, next)
        tell()
        return
      }
      const url = new URL(location.href)
      if (next === initial) url.searchParams.delete(key)
      else url.searchParams.set(key, next)
      if (url.href === location.href) return
      if (isPlace) history.pushState(null, '', url)
      else history.replaceState(null, '', url)
      tell()
    },
    [key, initial, isPlace],
  )
  return [value, set]
}

// A value that is fetched once, and again when something it depends on changes.
import { useEffect, useState } from 'react'

/** The value so far, and what went wrong last. `fetchValue` must stay the same function. */
export function useFetched<Value>(
  fetchValue: () => Promise<Value>,
  dependsOn: unknown,
): [Value | undefined, string | undefined] {
  const [answer, setAnswer] = useState<{ value?: Value; error?: string }>({})
  useEffect(() => {
    let isWanted = true
    fetchValue().then(
      (value) => {
        if (isWanted) setAnswer({ value })
      },
      (reason: unknown) => {
        if (isWanted)
          setAnswer((before) => ({ ...before, error: reason instanceof Error ? reason.message : String(reason) }))
      },
    )
    return () => {
      isWanted = false
    }
  }, [fetchValue, dependsOn])
  return [answer.value, answer.error]
}

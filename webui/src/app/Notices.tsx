// What stands above all tabs: a lost connection, and what makes the numbers worse than they look.
import { urlOf } from '../api/client'
import { useConnection, useLive } from '../api/live'

export function Notices() {
  const connection = useConnection()
  const warnings = useLive((live) => live.state.warnings) ?? []
  return (
    <div className="notices" aria-live="polite">
      {connection === 'lost' && (
        <p className="note error">The connection to Locust is lost; trying again. What you see is from before.</p>
      )}
      {connection === 'logged-out' && (
        <p className="note error">
          You are logged out. <a href={urlOf('login')}>Log in again</a>
        </p>
      )}
      {warnings.map((warning) => (
        <p key={warning} className="note warning">
          {warning}
        </p>
      ))}
    </div>
  )
}

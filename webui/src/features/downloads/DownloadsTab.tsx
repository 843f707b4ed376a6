// Files to take along.
import { api, urlOf } from '../../api/client'
import { currentTheme } from '../../lib/theme'
import { useFetched } from '../../ui/useFetched'

export function DownloadsTab() {
  const [downloads, error] = useFetched(api.downloads, null)
  return (
    <section className="card downloads" aria-label="Download data">
      <h2>Download data</h2>
      {error && <p className="note error">{error}</p>}
      <ul>
        <li>
          <a href={urlOf(`stats/report?theme=${currentTheme()}`)} target="_blank" rel="noreferrer">
            Show the report
          </a>
        </li>
        {(downloads ?? []).map(({ title, url }) => (
          <li key={url}>
            <a href={safeUrl(url)}>{title}</a>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Some of them come from plugins. */
function safeUrl(text: string): string {
  const url = new URL(text, document.baseURI)
  return ['http:', 'https:'].includes(url.protocol) ? url.href : '#'
}

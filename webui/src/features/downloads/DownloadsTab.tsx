// Files to take along.
import type { ExtendedFile } from '../../api/bootstrap'
import { api, urlOf } from '../../api/client'
import { currentTheme } from '../../lib/theme'
import { useFetched } from '../../ui/useFetched'

export function DownloadsTab({ extended }: { extended: readonly ExtendedFile[] }) {
  const [downloads, error] = useFetched(api.downloads, null)
  return (
    <section className="card downloads" aria-label="Download data">
      <h2>Download data</h2>
      {error && <p className="note error">{error}</p>}
      <ul>
        {(downloads ?? []).map(({ title, url }) => (
          <li key={url}>
            <a href={urlOf(themed(url))}>{title}</a>
          </li>
        ))}
        {extended.map(({ title, href }) => (
          <li key={href}>
            <a href={safeHref(href)}>{title}</a>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The report opens in the colours of this page. */
function themed(url: string): string {
  const whole = new URL(url, document.baseURI)
  if (whole.pathname.endsWith('/stats/report')) whole.searchParams.set('theme', currentTheme())
  return whole.href
}

/** Plugins give paths from the server's root, as upstream's UI takes them. */
function safeHref(href: string): string {
  const url = new URL(href, document.baseURI)
  return ['http:', 'https:'].includes(url.protocol) ? url.href : '#'
}

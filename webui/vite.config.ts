// Builds the UI's pages, and with `--mode report` the report: one file that needs no other.
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Puts scripts and styles into the page itself. */
function inline(): Plugin {
  return {
    name: 'inline',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['report.html']
      if (page?.type !== 'asset') throw new Error('The report has no page')
      let html = String(page.source)
      for (const [name, part] of Object.entries(bundle)) {
        if (part === page) continue
        if (part.type === 'chunk') {
          const code = part.code.replaceAll('</script', '<\\/script')
          html = html.replace(/<script type="module"[^>]*><\/script>/, '')
          html = html.replace('</body>', () => `<script type="module">${code}</script></body>`)
        } else {
          html = html.replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${String(part.source)}</style>`)
        }
        Reflect.deleteProperty(bundle, name)
      }
      page.source = html
    },
  }
}

export default defineConfig(({ mode }) => {
  const isReport = mode === 'report'
  return {
    // Relative, so that any base path of the server will do.
    base: './',
    plugins: [react(), ...(isReport ? [inline()] : [])],
    build: {
      outDir: here('../src/locust/web/dist'),
      emptyOutDir: !isReport,
      target: 'es2022',
      // The notices of the libraries that are built in.
      license: isReport ? false : { fileName: 'licenses.md' },
      modulePreload: { polyfill: false },
      assetsInlineLimit: isReport ? 1_000_000 : 0,
      rolldownOptions: {
        input: isReport ? { report: here('report.html') } : { index: here('index.html'), auth: here('auth.html') },
      },
    },
    server: { proxy: { '/api': 'http://127.0.0.1:8089' } },
    test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
  }
})

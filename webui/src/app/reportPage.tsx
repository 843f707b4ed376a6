// The page of the report.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { unpackTemplateArgs } from '../api/bootstrap'
import type { ReportArgs } from '../lib/reportData'
import { applyTheme, currentTheme } from '../lib/theme'
import { Report } from './Report'
import './style.css'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no root')
await unpackTemplateArgs()
const args = window.templateArgs as unknown as ReportArgs
applyTheme(args.theme === 'dark' || args.theme === 'light' ? args.theme : currentTheme(), false)
createRoot(root).render(
  <StrictMode>
    <Report args={args} />
  </StrictMode>,
)

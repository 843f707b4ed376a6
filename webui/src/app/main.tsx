// The page of the UI.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { liveStore } from '../api/live'
import { applyTheme, currentTheme } from '../lib/theme'
import { App } from './App'
import './style.css'

applyTheme(currentTheme(), false)
liveStore.connect()
liveStore.watchVisibility()
const root = document.getElementById('root')
if (!root) throw new Error('The page has no root')
createRoot(root).render(
  <StrictMode>
    <App args={window.templateArgs ?? {}} />
  </StrictMode>,
)

// The page of the login.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { LoginForm } from '../features/login/LoginForm'
import { applyTheme, currentTheme } from '../lib/theme'
import { ThemeButton } from '../ui/ThemeButton'
import './style.css'

applyTheme(currentTheme(), false)
const root = document.getElementById('root')
if (!root) throw new Error('The page has no root')
createRoot(root).render(
  <StrictMode>
    <header className="corner">
      <ThemeButton />
    </header>
    <main>
      <LoginForm args={window.authArgs ?? {}} />
    </main>
  </StrictMode>,
)

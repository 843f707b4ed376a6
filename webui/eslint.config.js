// What the linter holds the sources to; layout is Prettier's.
import js from '@eslint/js'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

// The layers: app → features → ui → api → lib. Features never import each other.
const layer = (files, ...forbidden) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: forbidden.map((regex) => ({ regex, message: 'This import points up.' })) },
    ],
  },
})

export default tseslint.config(
  { ignores: ['node_modules', 'src/api/schema.gen.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['src/**/*.{ts,tsx}'],
    ...reactHooks.configs.flat['recommended-latest'],
  },
  layer(['src/lib/**'], '/(api|ui|features|app)/'),
  layer(['src/api/**'], '/(ui|features|app)/'),
  layer(['src/ui/**'], '/(api|features|app)/'),
  layer(['src/features/**'], '/(features|app)/', String.raw`^\.\./(?!\.\./)`),
  // The React compiler isn't used: what it can't compile is no matter.
  {
    files: ['src/**/*.tsx'],
    rules: { 'react-hooks/incompatible-library': 'off', 'react-hooks/preserve-manual-memoization': 'off' },
  },
)

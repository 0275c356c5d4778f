import { servePasswords } from '../serve-passwords.ts';

await servePasswords();

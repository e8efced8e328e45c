// A rival in the file system: a folder is in turns itself and a link to another one, as fast as that goes, until it is killed.
// usage: node racing-links.mjs FOLDER OTHER
import { renameSync, symlinkSync, unlinkSync } from 'node:fs';

const [folder, other] = process.argv.slice(2);
const hidden = `${folder}-hidden`;
let made = 0;

function be_a_link() {
  try {
    symlinkSync(other, folder);
    unlinkSync(folder);
  } catch {
    // For a moment there was nothing, and somebody has made the folder.
  }
}

function be_itself() {
  for (;;) {
    try {
      renameSync(hidden, folder);
      return;
    } catch {
      renameSync(folder, `${folder}-${made++}`);
    }
  }
}

process.stdout.write('racing\n');
for (;;) {
  renameSync(folder, hidden);
  be_a_link();
  be_itself();
}

// What people call yards and lanes, retired ones too. The names come with the page.
const names = JSON.parse(document.getElementById("places").textContent);

export function placeName(yard, lane) {
  if (!lane) return names[yard] ?? yard;
  return names[`${yard}/${lane}`] ?? `${placeName(yard)} ${lane}`;
}

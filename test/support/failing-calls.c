/* Preloaded into a part for tests: calls on its segments fail with EIO while a file says so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * Whether FOLDER.sync-fails or FOLDER.read-fails is there, and fd is a segment below FOLDER. If so, that
 * a call failed is noted in that file.
 */
static int fails(const char *what, int fd) {
  const char *folder = getenv("HOLDFAST_TEST_FOLDER");
  char flag[4096], link[64], path[4096];
  if (folder == NULL) return 0;
  snprintf(flag, sizeof flag, "%s.%s-fails", folder, what);
  if (access(flag, F_OK) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (strncmp(path, folder, strlen(folder)) != 0 || strstr(path, ".seg") == NULL) return 0;
  int note = open(flag, O_WRONLY);
  if (note >= 0) {
    if (write(note, "failed\n", 7) < 0) perror(flag);
    close(note);
  }
  errno = EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fdatasync(int fd) { return fails("sync", fd) ? -1 : REAL(fdatasync)(fd); }

ssize_t pread(int fd, void *to, size_t bytes, off_t at) {
  return fails("read", fd) ? -1 : REAL(pread)(fd, to, bytes, at);
}

ssize_t pread64(int fd, void *to, size_t bytes, off64_t at) {
  return fails("read", fd) ? -1 : REAL(pread64)(fd, to, bytes, at);
}

ssize_t preadv(int fd, const struct iovec *to, int count, off_t at) {
  return fails("read", fd) ? -1 : REAL(preadv)(fd, to, count, at);
}

ssize_t preadv64(int fd, const struct iovec *to, int count, off64_t at) {
  return fails("read", fd) ? -1 : REAL(preadv64)(fd, to, count, at);
}

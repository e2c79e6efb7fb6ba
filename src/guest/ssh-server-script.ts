/**
 * How a guest comes to an SSH server: the part of the guest agent that starts the machine's sshd, where there is one.
 *
 * Users are those of Amazon Linux 2023, made at the first boot: ec2-user has the key pair's key and, where sudo is
 * there, every right without a password; root's key then says to log in as ec2-user (cloud-init's disable_root).
 * Without sudo root logs in with the key itself. The configuration and the host keys are the guest's own: the
 * machine's host keys are hidden from guests, and its rules of who may log in are about other people.
 */
import { STATE } from './guest-paths.ts';

/** Path of the configuration of sshd in the guest. */
const CONFIGURATION = '/etc/ssh/sshd_config.localvpc';

/** Shell functions for the agent, which has `authenticate` and `metadata`; `ssh_server` is to run in a subshell. */
export const SSH_SERVER_FUNCTIONS = `
# free_id FILE: the first user or group id from 1000 that the file does not name.
free_id() {
  id=1000
  while cut -d: -f3 "$1" | grep -qx $id; do id=$((id + 1)); done
  echo $id
}

# append FILE LINE: a file without a newline at its end must not swallow the line.
append() {
  [ -z "$(tail -c 1 "$1")" ] || echo >>"$1"
  echo "$2" >>"$1"
}

make_ec2_user() {
  grep -q '^ec2-user:' /etc/passwd && return
  shell=/bin/sh
  [ -x /bin/bash ] && shell=/bin/bash
  group=$(free_id /etc/group)
  append /etc/group "ec2-user:x:$group:" || return
  append /etc/passwd "ec2-user:x:$(free_id /etc/passwd):$group:EC2 Default User:/home/ec2-user:$shell" || return
  append /etc/shadow 'ec2-user:*:19000:0:99999:7:::'
  cp -r /etc/skel /home/ec2-user 2>/dev/null || mkdir -p /home/ec2-user
  chmod 700 /home/ec2-user
  chown -R ec2-user:ec2-user /home/ec2-user
}

# The machine's own rules for sudo are hidden: they are about other people.
let_ec2_user_sudo() {
  [ -f /etc/sudoers ] || printf 'root ALL=(ALL:ALL) ALL\\n@includedir /etc/sudoers.d\\n' >/etc/sudoers
  mkdir -p /etc/sudoers.d
  echo 'ec2-user ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/90-cloud-init-users
  chmod 440 /etc/sudoers /etc/sudoers.d/90-cloud-init-users
}

# authorize USER HOME LINE: at the end of the keys that are there, as cloud-init does.
authorize() {
  mkdir -p $2/.ssh
  touch $2/.ssh/authorized_keys
  append $2/.ssh/authorized_keys "$3"
  chmod 700 $2/.ssh
  chmod 600 $2/.ssh/authorized_keys
  chown -R $1:$1 $2/.ssh
}

authorize_key_pair() {
  tries=0
  until key=$(metadata /latest/meta-data/public-keys/0/openssh-key); do
    [ "$status" = 404 ] && echo 'localvpc: launched without a key pair: nobody can log in by ssh' && return
    tries=$((tries + 1))
    [ $tries -gt 60 ] && echo 'localvpc: the metadata service does not answer; the key pair is not known' && return 1
    sleep 1
    authenticate
  done
  authorize ec2-user /home/ec2-user "$key"
  root_key=$key
  if command -v sudo >/dev/null; then
    let_ec2_user_sudo
    refusal='no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command="echo '
    refusal="$refusal'Please login as the user \\\\\\"ec2-user\\\\\\" rather than the user \\\\\\"root\\\\\\".'"
    root_key="$refusal;echo;sleep 10;exit 142\\" $key"
  fi
  authorize root /root "$root_key"
}

make_host_keys() {
  mkdir -p /etc/ssh
  for kind in ecdsa ed25519; do
    file=/etc/ssh/ssh_host_\${kind}_key
    [ -f $file ] || ssh-keygen -q -t $kind -N '' -C "$(hostname)" -f $file </dev/null || return
  done
  # As cloud-init prints them, for who compares them before the first login.
  echo '-----BEGIN SSH HOST KEY FINGERPRINTS-----'
  for kind in ecdsa ed25519; do ssh-keygen -l -f /etc/ssh/ssh_host_\${kind}_key.pub; done
  echo '-----END SSH HOST KEY FINGERPRINTS-----'
}

configure_sshd() {
  cat >${CONFIGURATION} <<'CONFIGURATION'
HostKey /etc/ssh/ssh_host_ecdsa_key
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile .ssh/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PidFile ${STATE}/sshd.pid
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
CONFIGURATION
}

ssh_server() {
  answer=answer.ssh
  # sshd gives up root's rights before a login, and a guest of a room that is not root's has no other user.
  read -r inside outside users </proc/self/uid_map
  [ "$users" -gt 1000 ] || { echo 'localvpc: sshd needs localvpc to run as root: log in with localvpc ssh'; return; }
  sshd=$(command -v sshd) || { echo 'localvpc: sshd is not installed here: log in with localvpc ssh'; return; }
  once=/var/lib/cloud/instance/sem/config_ssh
  if [ ! -e $once ]; then
    mkdir -p \${once%/*}
    make_ec2_user && authorize_key_pair && touch $once
  fi
  make_host_keys && configure_sshd || { echo 'localvpc: sshd has no host keys and does not start'; return; }
  # Where distributions want the folder for the part of sshd that has no rights.
  for folder in /run/sshd /var/empty/sshd /usr/share/empty.sshd; do mkdir -p $folder && chmod 755 $folder; done
  $sshd -f ${CONFIGURATION} -E /var/log/sshd.log && echo 'localvpc: sshd listens at port 22, user ec2-user'
}
`;

/** What the agent needs beside: ssh_server is not to wait for, and runs with a shell that keeps its own words. */
export const START_SSH_SERVER = `( ssh_server ) </dev/null &`;

#!/bin/busybox sh
# The first program of the virtual machine: a small root, the host's programs and this project read-only over 9p, then
# commands by a virtio port, one a line: NUMBER BASE64. Their output goes back as it is, then \001NUMBER STATUS.
/bin/busybox mkdir -p /dev /proc /sys /tmp
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for word in $(cat /proc/cmdline); do case "$word" in holdfast.*) eval "${word#holdfast.}" ;; esac; done
# Whatever happens to the host's program, this machine does not outlive its time.
(sleep "${seconds:-900}"; poweroff -f) &
for module in virtio_pci virtio_console 9pnet_virtio 9p; do modprobe "$module"; done

r=/root
mkdir -p $r
mount -t tmpfs root $r
mkdir -p $r/usr $r/proc $r/sys $r/dev $r/tmp $r/run $r/etc $r/var/tmp $r/holdfast $r/dahdi
share() { mkdir -p "$r$2" && mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 "$1" "$r$2"; }
share usr /usr
share project /holdfast
share tools /dahdi
[ -z "$node" ] || share node "$node"
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$r/$folder"; done
mount -t devtmpfs dev $r/dev
mount -t proc proc $r/proc
mount -t sysfs sys $r/sys
mkdir -p $r/lib-modules
mount --bind /lib/modules $r/lib-modules
printf 'root:x:0:0:root:/tmp:/bin/sh\n' > $r/etc/passwd
printf '127.0.0.1 localhost\n' > $r/etc/hosts
ln -s /proc/self/mounts $r/etc/mtab
ifconfig lo 127.0.0.1 up

# The driver leaves its spans to whoever assigns them, as on the appliance.
modprobe dahdi auto_assign_spans=0
modprobe dahdi_echocan_mg2
modprobe dahdi_dynamic_loc

until port=$(ls /dev/vport*p1 2>/dev/null); do sleep 0.1; done
exec 3<>"$port"
printf '\001ready %s\n' "$(cut -d' ' -f1 /proc/uptime)" >&3
inside="HOME=/tmp TERM=dumb PATH=/dahdi/bin:${node:+$node/bin:}/usr/sbin:/usr/bin:/sbin:/bin LD_LIBRARY_PATH=/dahdi/lib"
while read -r number code <&3; do
  env -i $inside chroot $r /bin/sh -c "cd /holdfast; $(echo "$code" | base64 -d)" < /dev/null >&3 2>&1 3>&-
  printf '\001%s %s\n' "$number" "$?" >&3
done
poweroff -f

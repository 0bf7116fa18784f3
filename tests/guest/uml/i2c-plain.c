// SPDX-License-Identifier: GPL-2.0

/*
 * A plain I2C adapter for test guests, with a RAM of 256 bytes at each address
 * in chip_addr; others do not answer.  The kernel's own i2c-stub knows SMBus
 * only.
 */

#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/platform_device.h>
static unsigned short chip_addr[8] = { 0x50 };
static int n_addr = 1;
module_param_array(chip_addr, ushort, &n_addr, 0444);
static struct {
	u8 mem[256], ptr;
} chip[8];
static int sim_xfer(struct i2c_adapter *a, struct i2c_msg *m, int n)
{
	int i, j, c;
	for (i = 0; i < n; i++) {
		for (c = 0; c < n_addr && chip_addr[c] != m[i].addr; c++)
			;
		if (c == n_addr)
			return -ENXIO;
		for (j = 0; j < m[i].len; j++) {
			if (m[i].flags & I2C_M_RD)
				m[i].buf[j] = chip[c].mem[chip[c].ptr++];
			else if (j == 0)
				chip[c].ptr = m[i].buf[0];
			else
				chip[c].mem[chip[c].ptr++] = m[i].buf[j];
		}
	}
	return n;
}
static u32 sim_func(struct i2c_adapter *a)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}
static const struct i2c_algorithm sim_algo = { .xfer = sim_xfer,
					       .functionality = sim_func };
static struct i2c_adapter sim_adap = { .owner = THIS_MODULE,
				       .name = "plain I2C simulator",
				       .algo = &sim_algo };
static struct platform_device *pdev;
static int __init sim_init(void)
{
	pdev = platform_device_register_simple("i2c-plain", PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	sim_adap.dev.parent = &pdev->dev;
	return i2c_add_adapter(&sim_adap);
}
static void __exit sim_exit(void)
{
	i2c_del_adapter(&sim_adap);
	platform_device_unregister(pdev);
}
module_init(sim_init);
module_exit(sim_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("plain I2C adapter simulator for tests");
